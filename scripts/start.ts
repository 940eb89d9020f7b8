/**
 * `npm start`: the desktop application where the Electron runtime and a display are there, else the
 * headless service with its interface in the browser. Builds first what is out of date.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const FETCH_TIMEOUT_MS = 60_000
/** An Electron that ends with an error this soon never showed anything. */
const STARTUP_MS = 5_000

/** What decides between desktop and browser; replaced in tests. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  /** Directory of the `electron` package. */
  readonly electronPackage: string
  readonly isRoot: boolean
}

/** Those of this process, for the checkout at `root`. */
export function surroundingsOf(root: string): Surroundings {
  return {
    env: process.env,
    platform: process.platform,
    electronPackage: join(root, 'node_modules', 'electron'),
    isRoot: process.getuid?.() === 0,
  }
}

/** The Electron executable that is really there, or undefined. Never fetches anything. */
export function findElectron({ env, platform, electronPackage }: Surroundings): string | undefined {
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  const pathFile = join(electronPackage, 'path.txt')
  // Written last by the installer: without it, what lies in dist is an extraction that was cut off.
  const isInstalled = existsSync(pathFile)
  if (override === undefined && !isInstalled) return undefined
  const named = isInstalled ? readFileSync(pathFile, 'utf8').trim() : executableOf(platform)
  const executable = join(override ?? join(electronPackage, 'dist'), named)
  return existsSync(executable) ? executable : undefined
}

/** What is said where no window opens: a browser is opened only where something could show one, and where nothing else was asked for. */
export function headlessSentence(why: string, { env, platform }: Surroundings, args: readonly string[]): string {
  const isShown = platform !== 'linux' || (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
  return isShown && args.length === 0
    ? `${why}; Tidekeep runs headless and opens in your browser.`
    : `${why}; Tidekeep runs headless: open the address it shows in a browser.`
}

/** Whether fetching the runtime may be tried: not in CI, not where the user said no. */
export function mayFetch({ env }: Surroundings): boolean {
  return env['TIDEKEEP_NO_DOWNLOAD'] !== '1' && (env['CI'] ?? '') === ''
}

/** Why no window can be opened here, as half a sentence; undefined when one can. */
export function displayObstacle({ env, platform, isRoot }: Surroundings): string | undefined {
  if (platform !== 'linux') return undefined
  if ((env['DISPLAY'] ?? '') === '' && (env['WAYLAND_DISPLAY'] ?? '') === '') return 'There is no display'
  // Chromium refuses to run its sandbox as root, and without its sandbox it is not started.
  return isRoot ? 'A desktop application is not started as root' : undefined
}

function executableOf(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return platform === 'win32' ? 'electron.exe' : 'electron'
}

async function start(args: readonly string[]): Promise<number> {
  await build()
  const surroundings = surroundingsOf(ROOT)
  const obstacle = displayObstacle(surroundings)
  if (obstacle !== undefined) {
    console.error(headlessSentence(obstacle, surroundings, args))
    return runService(args)
  }
  const electron = findElectron(surroundings) ?? (mayFetch(surroundings) ? fetchElectron(surroundings) : undefined)
  if (electron === undefined) {
    console.error(headlessSentence('The Electron runtime could not be fetched', surroundings, args))
    return runService(args)
  }
  return runDesktop(electron, args)
}

/** Brings the runtime into its package, and gives its executable; undefined where that could not be. */
export function fetchElectron(surroundings: Surroundings): string | undefined {
  const installer = join(surroundings.electronPackage, 'install.js')
  if (!existsSync(installer)) return undefined
  console.error('Fetching the Electron runtime, once…')
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: FETCH_TIMEOUT_MS })
  return findElectron(surroundings)
}

async function runDesktop(electron: string, args: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  const code = await outcomeOf(spawn(electron, [ROOT, ...args], { stdio: 'inherit' }))
  if (code === 0 || performance.now() - startedMs > STARTUP_MS) return code
  console.error(headlessSentence('The Electron runtime could not start here', surroundingsOf(ROOT), args))
  return runService(args)
}

/** Options given after `npm start --` replace opening the browser. */
function runService(args: readonly string[]): Promise<number> {
  const launcher = join(ROOT, 'bin', 'tidekeep.js')
  const options = args.length > 0 ? args : ['--open']
  return outcomeOf(spawn(process.execPath, [launcher, 'serve', ...options], { stdio: 'inherit' }))
}

/** A terminal sends Ctrl-C to the child as well, where a second one would mean "at once": then this process only waits. */
function outcomeOf(child: ChildProcess): Promise<number> {
  const wait = (): void => void (process.stdin.isTTY || child.kill('SIGINT'))
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', wait)
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  return new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (code, signal) => {
      process.off('SIGINT', wait)
      process.off('SIGTERM', pass)
      process.off('SIGHUP', pass)
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1))
    })
  })
}

if (import.meta.main) {
  try {
    process.exitCode = await start(process.argv.slice(2))
  } catch (error) {
    console.error(
      `tidekeep: it could not be built, so it was not started\n${error instanceof Error ? error.message : String(error)}`,
    )
    process.exitCode = 1
  }
}
