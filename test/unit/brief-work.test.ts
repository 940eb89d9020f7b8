import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { boundHeaps, expectBriefWork, expectBriefWorkAgain, expectLongWork } from '../../main/heap-bounds.ts'

let asked = 10

/** Of the same length, which is all that compiled code knows of its source, and never compiled before. */
function freshSource(): string {
  return `function answer() { return ${++asked} } answer()`
}

/** Compiled code, which V8 takes only while every flag of it is as it is now. */
function compiled(): Buffer {
  return new Script(freshSource()).createCachedData()
}

function isTaken(cachedData: Buffer): boolean {
  return new Script(freshSource(), { cachedData }).cachedDataRejected === false
}

it('brief work goes without the last compiler until there is more to do, and again when that is over, but not while a thread starts', async () => {
  const byDefault = compiled()
  expectBriefWorkAgain()
  expect(isTaken(byDefault)).toBe(true)
  expectBriefWork()
  boundHeaps()
  const whileBrief = compiled()
  expect(isTaken(byDefault)).toBe(false)
  const thread = new Worker(`setInterval(() => {}, 1000)`, { eval: true })
  await new Promise((resolve) => thread.once('online', resolve))
  expect(isTaken(byDefault)).toBe(true)
  await thread.terminate()
  expect(isTaken(whileBrief)).toBe(true)
  expectLongWork()
  expect(isTaken(whileBrief)).toBe(false)
  expectBriefWorkAgain()
  expect(isTaken(whileBrief)).toBe(true)
  expectLongWork()
  expect(isTaken(whileBrief)).toBe(false)
  // Only what bounds memory is left.
  setFlagsFromString('--heap-growing-percent=0')
  setFlagsFromString('--semi-space-growth-factor=2')
  expect(isTaken(byDefault)).toBe(true)
  expectBriefWork()
  boundHeaps()
  expect(isTaken(byDefault)).toBe(true)
})
