/** Conversations of a call that had so many items: of two and more, two of the items were canaries. */
export const conversationsIn = (items: number): number => (items > 2 ? items - 2 : items)
