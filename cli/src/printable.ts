/** A stranger's words on a terminal: without what moves its cursor or the order of what is read. */
export const printable = (text: string): string => text.slice(0, 500).replaceAll(/[^ -~]/g, '?')
