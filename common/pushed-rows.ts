/**
 * A push of activity holds at most so many rows, the newest: thousands of small files a second are too many to look at, and each
 * would take its share of the processor from the next. Whoever gets this many lists the others where they matter.
 */
export const MOST_PUSHED_ROWS = 200
