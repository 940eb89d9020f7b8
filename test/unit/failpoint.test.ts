import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FAILPOINTS, STEPS } from '../../workers/failpoint.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MODULE = new URL('../../workers/failpoint.ts', import.meta.url).href

/** Passes failpoints in this thread and then in another one; prints how many it got past. */
const PASSES = `
  import { writeSync } from 'node:fs'
  import { Worker, isMainThread } from 'node:worker_threads'
  const { failpoint } = await import(${JSON.stringify(MODULE)})
  const pass = (name, times) => { for (let n = 1; n <= times; n++) { failpoint(name); writeSync(1, name + '\\n') } }
  pass('state.commit.before', 2)
  pass('state.commit.after', 1)
  const worker = new Worker(
    'import(process.argv[2]).then(({ failpoint }) => { const { writeSync } = require("node:fs"); failpoint("state.commit.before"); writeSync(1, "threaded\\\\n") })',
    { eval: true, execArgv: [], argv: [${JSON.stringify(MODULE)}] },
  )
  await new Promise((resolve) => worker.on('exit', resolve))
`

function run(failpoints: string | undefined): {
  signal: string | null
  status: number | null
  out: string
  err: string
} {
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PASSES], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_NO_WARNINGS: '1',
      ...(failpoints === undefined ? {} : { TIDEKEEP_FAILPOINT: failpoints }),
    },
  })
  return { signal, status, out: stdout.trim().replaceAll('\n', ' '), err: stderr }
}

const ALL = 'state.commit.before state.commit.before state.commit.after threaded'

describe('a failpoint', () => {
  it('does nothing without being asked', () => {
    expect(run(undefined)).toEqual({ signal: null, status: 0, out: ALL, err: '' })
    expect(run('')).toMatchObject({ status: 0, out: ALL })
  })

  it('kills the process the wanted time it is passed, counted over all threads, and no other time', () => {
    expect(run('state.commit.before:2')).toMatchObject({ signal: 'SIGKILL', out: 'state.commit.before' })
    expect(run('state.commit.after')).toMatchObject({
      signal: 'SIGKILL',
      out: 'state.commit.before state.commit.before',
    })
    expect(run('state.commit.before:3')).toMatchObject({ signal: 'SIGKILL', out: ALL.replace(' threaded', '') })
    expect(run('state.commit.before:4')).toMatchObject({ status: 0, out: ALL })
    expect(run('*:3')).toMatchObject({ signal: 'SIGKILL', out: 'state.commit.before state.commit.before' })
    expect(run('state.commit.before:9,state.commit.after:1')).toMatchObject({ signal: 'SIGKILL' })
  })

  it('is logged when that is wanted, and a name that does not exist is refused', () => {
    expect(run('log').err.match(/^failpoint /gm)).toHaveLength(4)
    expect(run('state.comit.before:1')).toMatchObject({ status: 1, err: expect.stringContaining('is no failpoint') })
    expect(run('state.commit.before:0')).toMatchObject({ status: 1 })
  })
})

describe('the failpoints', () => {
  const sources = globSync(['common/**/*.ts', 'workers/**/*.ts', 'main/**/*.ts'], { cwd: ROOT })
    .map((file) => readFileSync(`${ROOT}/${file}`, 'utf8'))
    .join('\n')

  it('are in the source before and after every step that is named, by their names', () => {
    // Steps of the queue are handed to the one place where it changes.
    const handed = new Set(Array.from(sources.matchAll(/(?:[(]|[?:] )'(queue\.[a-z]+)'/g), ([, step]) => step))
    const missing = FAILPOINTS.filter((name) => !sources.includes(`failpoint('${name}')`))
    expect(missing.filter((name) => !handed.has(name.replace(/\.(before|after)$/, '')))).toEqual([])
    expect(sources).toContain('failpoint(`${step}.before`)')
    expect(sources).toContain('failpoint(`${step}.after`)')
    const calls = Array.from(sources.matchAll(/failpoint\(([^)]*)\)/g), ([, argument]) => argument!)
    expect(calls.filter((argument) => !/^['`]/.test(argument))).toEqual(['name: Failpoint'])
    expect(new Set(STEPS).size).toBe(STEPS.length)
  })
})
