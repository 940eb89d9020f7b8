/** Does `work` for every item, in order, at most `atOnce` at a time. Throws the first error, once nothing runs any more. */
export async function inLanes<T>(atOnce: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  const failure = lanes.find(({ status }) => status === 'rejected')
  if (failure?.status === 'rejected') throw failure.reason
}
