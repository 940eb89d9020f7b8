import { afterEach } from 'vitest'

/** Closes what it is given after each test of the file that calls it; answers the same thing. */
export function closesAfterEach(): <T extends { close(): Promise<unknown> }>(opened: T) => T {
  const open: { close(): Promise<unknown> }[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()))
  })
  return (opened) => {
    open.push(opened)
    return opened
  }
}
