/** SQL: a time as epoch ms, a number that a double holds exactly. */
export const epochMs = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`
