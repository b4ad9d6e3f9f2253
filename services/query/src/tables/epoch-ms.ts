/**
 * SQL: a time as epoch ms, a number that a double holds exactly. `extract` computes in numeric, which takes longer; a
 * double has microseconds to spare up to the year 9999, and times in our tables are whole milliseconds.
 */
export const epochMs = (column: string): string => `round(date_part('epoch', ${column}) * 1000)`
