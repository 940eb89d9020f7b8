import { Script } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { boundHeaps } from '../../main/heap-bounds.ts'

/** Made while every flag is as it was. */
const COMPILED = new Script(sourceOf(10)).createCachedData()
let asked = 10

/** Of the same length, which is all that compiled code knows of its source, and never compiled before. */
function sourceOf(answer: number): string {
  return `function answer() { return ${answer} } answer()`
}

/** V8 takes no compiled code while a flag of it differs from when that was made. */
function isBound(): boolean {
  return new Script(sourceOf(++asked), { cachedData: COMPILED }).cachedDataRejected === true
}

describe('the room for short-lived objects', () => {
  it('is bounded, but not while a thread starts, which would compile all it loads anew', async () => {
    expect(isBound()).toBe(false)
    boundHeaps()
    boundHeaps()
    expect(isBound()).toBe(true)
    const thread = new Worker(
      `const { parentPort } = require('node:worker_threads')
       parentPort.once('message', () => { parentPort.postMessage('ready'); setInterval(() => {}, 1000) })`,
      { eval: true },
    )
    await new Promise((resolve) => thread.once('online', resolve))
    expect(isBound()).toBe(false)
    const ready = new Promise((resolve) => thread.once('message', resolve))
    thread.postMessage('go on', [])
    await ready
    expect(isBound()).toBe(true)
    await thread.terminate()
    expect(isBound()).toBe(true)
  })

  it('is bounded again when a thread ends before it is ready', async () => {
    boundHeaps()
    const thread = new Worker('process.exit(1)', { eval: true })
    await new Promise((resolve) => thread.once('exit', resolve))
    expect(isBound()).toBe(true)
  })
})
