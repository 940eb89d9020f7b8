import { builtinModules, createRequire } from 'node:module'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Plugin } from 'vite'
import { nameGroup } from './bundle-groups.ts'

/** Where the bundle is, below out/. */
export const BUNDLE = 'program'
/** What a thread begins with. */
const THREAD_START = 'thread-start'
/** The packages in each of its files. */
const PARTS = 'packages.json'
/** Packages in many small files. All others stay where they are: they are native, find files beside themselves, or are seldom loaded. */
const BUNDLED_PACKAGES = [
  'commander',
  /^@formatjs\//,
  'ignore',
  'intl-messageformat',
  'lowdb',
  'node-diff3',
  'piscina',
  'zod',
  // The log, with what it is made of.
  'atomic-sleep',
  'on-exit-leak-free',
  'pino',
  'pino-abstract-transport',
  'pino-std-serializers',
  '@pinojs/redact',
  'process-warning',
  'quick-format-unescaped',
  'real-require',
  'safe-stable-stringify',
  'sonic-boom',
  'thread-stream',
]

/**
 * Puts what the command line and its threads load into few files, out of what the compiler left in `out`:
 * Node takes about half a millisecond for each module, and most commands are made of 350. What is imported when
 * it is needed stays in files of its own. The modules one by one stay beside them, for Electron and for tests.
 */
export async function bundleProgram(out: string): Promise<void> {
  const [directory, building] = [join(out, BUNDLE), join(out, `${BUNDLE}.new`)]
  const threadStart = join(dirname(createRequire(import.meta.url).resolve('piscina')), 'worker.js')
  const { build } = await import('vite')
  await build({
    configFile: false,
    root: out,
    logLevel: 'warn',
    publicDir: false,
    plugins: [keepPlaces(out), startThreadsFromBundle(), nameParts(), askForBuiltins(), writeInAscii()],
    ssr: { target: 'node', noExternal: BUNDLED_PACKAGES },
    build: {
      ssr: true,
      outDir: building,
      emptyOutDir: true,
      target: 'node22',
      minify: false,
      rolldownOptions: {
        input: {
          cli: join(out, 'main', 'cli', 'main.js'),
          threads: join(out, 'workers', 'entry.js'),
          [THREAD_START]: threadStart,
        },
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name].js',
          codeSplitting: {
            includeDependenciesRecursively: false,
            groups: [{ name: nameGroup(out, threadStart), debugName: 'groups' }],
          },
        },
      },
    },
  })
  // Tests may be running the last one.
  if (existsSync(directory)) renameSync(directory, `${directory}.old`)
  renameSync(building, directory)
  rmSync(`${directory}.old`, { recursive: true, force: true })
}

/** Says beside the bundle which packages each of its files holds: nothing in the files themselves tells. */
function nameParts(): Plugin {
  return {
    name: 'name-parts',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []))
      const packages = chunks.map(({ fileName, modules }) => [fileName, packagesAmong(Object.keys(modules))] as const)
      this.emitFile({
        type: 'asset',
        fileName: PARTS,
        source: JSON.stringify(Object.fromEntries(packages.filter(([, names]) => names.length > 0))),
      })
    },
  }
}

function packagesAmong(modules: readonly string[]): readonly string[] {
  const names = modules.flatMap((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? [])
  return [...new Set(names)].toSorted()
}

/** What finds files by its own place goes on finding them; threads load the bundle, too. */
function keepPlaces(out: string): Plugin {
  const pathOf = (id: string): string => relative(out, id).replaceAll(sep, '/')
  return {
    name: 'keep-places',
    load: (id) =>
      pathOf(id) === 'main/thread-entry.js'
        ? `import { fileURLToPath } from 'node:url'
export const THREAD_ENTRY = fileURLToPath(new URL('threads.js', import.meta.url))`
        : undefined,
    transform: (code, id) =>
      id.startsWith(out + sep) && pathOf(id) !== 'main/thread-entry.js' && code.includes('import.meta.url')
        ? code.replaceAll('import.meta.url', `new URL('../${pathOf(id)}', import.meta.url).href`)
        : undefined,
  }
}

/** The pool finds what its threads begin with beside itself: now that is the bundle. */
function startThreadsFromBundle(): Plugin {
  const found = "(0, node_path_1.resolve)(__dirname, 'worker.js')"
  return {
    name: 'start-threads-from-bundle',
    transform(code, id) {
      if (!/[\\/]piscina[\\/]dist[\\/]index\.js$/.test(id)) return undefined
      if (!code.includes(found)) this.error(`piscina looks for its threads in another way: ${id}`)
      return code.replace(found, `require('node:url').fileURLToPath(new URL('${THREAD_START}.js', import.meta.url))`)
    },
  }
}

/** Asked for when it is first used: it loads all of the network, and few commands start a program. */
const LATER = 'node:child_process'

/** `import … from 'node:fs'` reads every member of that module, and some of them load a dozen more. */
function askForBuiltins(): Plugin {
  const ask = (name: string): string => `process.getBuiltinModule('${name}')`
  const whole = (as: string, name: string): string =>
    name === LATER
      ? `const ${as} = new Proxy({}, { get: (_, member) => ${ask(name)}[member] });`
      : `const ${as} = ${ask(name)};`
  const some = (members: string, name: string): string =>
    name === LATER
      ? [...members.matchAll(/([\w$]+)(?: as ([\w$]+))?/g)]
          .map(([, member = '', as = member]) => `const ${as} = (...all) => ${ask(name)}.${member}(...all);`)
          .join(' ')
      : `const ${members.replaceAll(' as ', ': ')} = ${ask(name)};`
  return {
    name: 'ask-for-builtins',
    renderChunk: (code) =>
      code
        .replaceAll(
          /^import ([\w$]+)?(?:, )?(\{[^}]*\})? from "(node:[\w/]+)";$/gm,
          (_, as: string | undefined, members: string | undefined, name: string) =>
            [
              ...(as === undefined ? [] : [whole(as, name)]),
              ...(members === undefined ? [] : [some(members, name)]),
            ].join(' '),
        )
        .replaceAll(/\b__require\("(?:node:)?([\w/]+)"\)/g, (found, name: string) =>
          builtinModules.includes(name) ? ask(`node:${name}`) : found,
        ),
  }
}

/** One character beyond Latin-1, in a comment even, and V8 keeps two bytes for each of a file, in every thread: 2.4 MB in an idle run. */
function writeInAscii(): Plugin {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return {
    name: 'write-in-ascii',
    // Last of all: what writes the files out would undo it.
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk') file.code = file.code.replaceAll(/[\u0080-\uffff]/g, escaped)
    },
  }
}
