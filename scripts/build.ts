/**
 * Builds everything that runs into out/: the program (tsc, then the command line in few files), the loops of delta transfers (WebAssembly),
 * the preload (one CommonJS file, as a sandboxed preload must be) and the renderer (vite). Steps whose inputs did not change are skipped.
 */
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  globSync,
  mkdirSync,
  existsSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUNDLE, bundleProgram } from './bundle.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const OUT = join(ROOT, 'out')
const PROGRAM = ['common', 'workers', 'main']
/** AssemblyScript: neither checked nor compiled with the program. */
const LOOPS = 'workers/delta/kernel/assembly'

/** One independent part of the build. */
interface Step {
  readonly name: 'program' | 'loops' | 'preload' | 'renderer'
  /** Files and directories below the root whose change makes the output stale. */
  readonly inputs: readonly string[]
  /** A file that is there once the step has run. */
  readonly output: string
  readonly run: () => Promise<void>
}

const STEPS: readonly Step[] = [
  {
    name: 'program',
    inputs: [...PROGRAM, 'scripts/bundle.ts', 'scripts/bundle-groups.ts', 'tsconfig.base.json', 'package-lock.json'],
    output: join(BUNDLE, 'cli.js'),
    run: buildProgram,
  },
  {
    name: 'loops',
    inputs: [LOOPS, 'package-lock.json'],
    output: 'workers/delta/kernel/kernel.wasm',
    run: buildLoops,
  },
  {
    name: 'preload',
    inputs: ['preload', 'common', 'package-lock.json'],
    output: 'preload/preload.cjs',
    run: buildPreload,
  },
  {
    name: 'renderer',
    inputs: ['renderer', 'common', 'vite.config.ts', 'package-lock.json'],
    output: 'renderer/index.html',
    run: buildRenderer,
  },
]

/** The names of the parts that have to be built again; empty when out/ is up to date. */
export function staleSteps(): readonly Step['name'][] {
  return STEPS.filter(isStale).map((step) => step.name)
}

/** Builds what is stale, or everything with `force`. Throws one sentence when a part fails; its own messages are already printed. */
export async function build({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
  const steps = force ? STEPS : STEPS.filter(isStale)
  const startedAt = new Date()
  const outcomes = await Promise.allSettled(steps.map((step) => step.run()))
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [`${steps[index]?.name}: ${messageOf(outcome.reason)}`] : [],
  )
  steps.forEach((step, index) => {
    if (outcomes[index]?.status === 'fulfilled') stamp(step, startedAt)
  })
  if (failed.length > 0) throw new Error(failed.join('\n'))
}

function isStale(step: Step): boolean {
  const stampFile = stampOf(step)
  if (!existsSync(join(OUT, step.output)) || !existsSync(stampFile)) return true
  const builtAtMs = statSync(stampFile).mtimeMs
  return step.inputs.some((input) => newestMs(join(ROOT, input)) > builtAtMs)
}

/** Directories count too: removing a file changes nothing but them. */
function newestMs(path: string): number {
  if (!existsSync(path)) return 0
  const own = statSync(path)
  if (!own.isDirectory()) return own.mtimeMs
  return globSync('**/*', { cwd: path }).reduce(
    (newest, name) => Math.max(newest, statSync(join(path, name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    own.mtimeMs,
  )
}

function stampOf(step: Step): string {
  return join(OUT, '.stamps', step.name)
}

/** Dated when the build began: an edit made meanwhile leaves the step stale. */
function stamp(step: Step, startedAt: Date): void {
  mkdirSync(dirname(stampOf(step)), { recursive: true })
  writeFileSync(stampOf(step), '')
  utimesSync(stampOf(step), startedAt, startedAt)
}

async function buildProgram(): Promise<void> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  removeOrphans()
  await runNode([tsc, '-b', ...PROGRAM], 'the type checker found errors')
  for (const name of globSync(`{${PROGRAM.join(',')}}/**/*.{sql,json,service}`, { cwd: ROOT })) {
    if (name.endsWith('tsconfig.json')) continue
    mkdirSync(dirname(join(OUT, name)), { recursive: true })
    copyFileSync(join(ROOT, name), join(OUT, name))
  }
  await bundleProgram(OUT)
}

/** What the compiler lays out itself begins behind the table that the loops keep at the start of memory. */
async function buildLoops(): Promise<void> {
  const asc = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
  const output = join(OUT, 'workers', 'delta', 'kernel', 'kernel.wasm')
  mkdirSync(dirname(output), { recursive: true })
  const options = [
    '--runtime',
    'stub',
    '--optimizeLevel',
    '3',
    '--noAssert',
    '--enable',
    'simd',
    '--memoryBase',
    '4096',
  ]
  await runNode(
    [asc, join(LOOPS, 'kernel.ts'), '-o', `${output}.new`, ...options],
    'the AssemblyScript compiler found errors',
  )
  // Tests may be reading the last one.
  renameSync(`${output}.new`, output)
}

/** The compiler leaves the output of removed and renamed sources behind, and it would be packaged. */
function removeOrphans(): void {
  for (const name of globSync(`{${PROGRAM.join(',')}}/**/*.{js,js.map,d.ts}`, { cwd: OUT })) {
    const source = join(ROOT, name.replace(/\.(js|js\.map|d\.ts)$/, '.ts'))
    if (!existsSync(source)) rmSync(join(OUT, name))
  }
}

async function buildPreload(): Promise<void> {
  const vite = await import('vite')
  await vite.build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: join(OUT, 'preload'),
      emptyOutDir: true,
      target: 'es2024',
      minify: false,
      lib: { entry: join(ROOT, 'preload', 'preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
      rolldownOptions: { external: ['electron'] },
    },
  })
}

async function buildRenderer(): Promise<void> {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  // A process of its own: it runs beside the others, and what it does when it fails ends only itself.
  await runNode([vite, 'build', '--config', 'vite.config.ts', '--logLevel', 'warn'], 'vite could not build it')
}

function runNode(args: readonly string[], otherwise: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(otherwise))))
  })
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}

if (import.meta.main) {
  const startedMs = performance.now()
  const stale = staleSteps()
  try {
    await build({ force: process.argv.includes('--force') })
    const what = stale.length === 0 ? 'up to date' : `built ${stale.join(', ')}`
    console.log(`tidekeep: ${what} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  } catch (error) {
    console.error(`tidekeep: the build failed\n${messageOf(error)}`)
    process.exitCode = 1
  }
}
