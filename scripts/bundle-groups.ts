import { join, relative } from 'node:path'

/** What is known of a module while the bundle is divided. */
interface Graph {
  getModuleInfo(
    id: string,
  ): { readonly importedIds: readonly string[]; readonly dynamicallyImportedIds: readonly string[] } | null
}

/** Loaded by every command. */
const COMMANDS = ['main/cli/main.js']
/** What threads load. */
const THREADS = ['workers/entry.js']
/** Tasks that the threads of every run get. */
const TASKS = ['walk', 'list-target', 'prepare-target', 'call-target'].map((name) => `workers/${name}.js`)
/** Loaded by most commands that do something. */
const HOST = ['main/service/node-host.js', 'main/cli/open-config.js', 'main/cli/commands/sync.js']
/** Starts threads, beside which the rest is loaded. */
const POOL = ['main/pool.js', 'main/run-once/few-files.js']
/** Loaded by every run. */
const RUN = ['main/run-once-engine.js', 'main/providers/local/index.js']

/**
 * Names the file of the bundle that a module goes in, or null where the bundler decides: left alone it makes one for each set of
 * modules that are wanted together, 85 for one synchronisation. A group holds what its modules import, unless that is in one
 * before it: no group needs one behind it, and threads load none that they have no use for. `threadStart` is what threads begin with.
 */
export function nameGroup(out: string, threadStart: string): (id: string, graph: Graph) => string | null {
  let groups: ReadonlyMap<string, string> | undefined
  return (id, graph) => (groups ??= groupsOf(out, threadStart, graph)).get(id) ?? null
}

function groupsOf(out: string, threadStart: string, graph: Graph): ReadonlyMap<string, string> {
  const reach = (modules: readonly string[], withLater = false): ReadonlySet<string> => {
    const found = new Set(modules.map((module) => join(out, module)))
    for (const id of found) {
      const { importedIds = [], dynamicallyImportedIds = [] } = graph.getModuleInfo(id) ?? {}
      for (const imported of [...importedIds, ...(withLater ? dynamicallyImportedIds : [])]) found.add(imported)
    }
    return found
  }
  const [ofCommands, ofHost, ofPool, ofRun] = [reach(COMMANDS), reach(HOST), reach(POOL), reach(RUN)]
  const ofMain = new Set([...ofCommands, ...ofHost, ...ofPool, ...ofRun])
  const groups = new Map<string, string>()
  const put = (name: string, ids: ReadonlySet<string>, among = ids): void => {
    for (const id of ids) if (among.has(id) && !groups.has(id)) groups.set(id, name)
  }
  put('everywhere', reach(TASKS), ofCommands)
  put('tasks-too', reach(TASKS), ofMain)
  put('pool-too', reach([relative(out, threadStart)]), ofMain)
  put('threads-too', reach(THREADS, true), ofMain)
  put('commands', ofCommands)
  put('host', ofHost)
  put('pool', ofPool)
  put('run', ofRun)
  return groups
}
