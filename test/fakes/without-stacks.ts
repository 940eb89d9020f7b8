/**
 * Without collecting where each error comes from, which takes longer than what is refused. Whoever tells of a failure
 * lives it again with them.
 */
export async function withoutStacks<T>(live: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return await live()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
