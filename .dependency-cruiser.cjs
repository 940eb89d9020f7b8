/**
 * The import rules of docs/architecture.md that project references cannot express.
 * Every rule says why it exists; an exception is a change of the architecture.
 */
/** One owner for each package: a library can be replaced in one place. */
const owners = {
  chokidar: '^main/engine/watch/',
  piscina: '^main/pool\\.ts$',
  '@napi-rs/keyring': '^main/secrets/',
  lowdb: '^main/state/',
  '(@aws-sdk|@smithy)/[^/]+': '^main/providers/s3/',
  undici: '^main/providers/(http|s3)/',
  '@azure/msal-node': '^main/accounts/',
  '@microsoft/microsoft-graph-client': '^main/providers/onedrive/',
  '(hono|@hono/node-server)': '^main/service/',
  commander: '^main/cli/',
  'node-diff3': '^(main/conflicts|renderer/views/restore)/',
  '@prometheus-io/client': '^main/telemetry/',
  fflate: '^main/diagnosis/',
  pino: '^main/telemetry/',
  'electron-updater': '^main/shell/',
  'intl-messageformat': '^common/messages/',
  '(react|react-dom|lucide-react|@base-ui/react|@tanstack/react-virtual)': '^renderer/',
}

/** What is started: by Node, by Electron, by the worker pool, by a page. */
const ENTRY_POINTS = '^(main/(shell|cli)/main|workers/entry|preload/preload|renderer/(main|popup))\\.tsx?$'

module.exports = {
  forbidden: [
    {
      name: 'electron-in-shell-only',
      comment: 'The engine runs and is tested without Electron.',
      severity: 'error',
      from: { pathNot: '^(main/shell|preload)/' },
      to: { path: '^(electron|node_modules/electron)(/|$)' },
    },
    {
      name: 'common-imports-nothing',
      comment: 'Values and contracts are a leaf; zod is pure.',
      severity: 'error',
      from: { path: '^common/', pathNot: '^common/messages/' },
      to: { pathNot: '^(common/|zod|node_modules/zod)' },
    },
    {
      name: 'messages-import-their-format-only',
      comment: 'Texts are for everybody, so they know nobody; ICU messages have one reader, which is pure.',
      severity: 'error',
      from: { path: '^common/messages/' },
      to: { pathNot: '^(common/(messages/|format\\.ts$|locale\\.ts$)|node_modules/intl-messageformat/)' },
    },
    {
      name: 'threads-have-no-catalogue',
      comment: 'A thread has no language: it knows its own messages, which are said where somebody reads them.',
      severity: 'error',
      from: { path: '^workers/' },
      to: {
        path: '^common/messages/',
        pathNot: '^common/messages/(wording|arguments|en/(thread|shared)-failures)\\.ts$',
        reachable: true,
      },
    },
    {
      name: 'workers-import-common-only',
      comment: 'Threads must not pull in the engine.',
      severity: 'error',
      from: { path: '^workers/' },
      to: { path: '^(main|renderer|preload)/' },
    },
    {
      name: 'renderer-imports-common-only',
      comment: 'One renderer for Electron and browsers.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|workers|preload)/' },
    },
    {
      name: 'stages-are-strangers',
      comment: 'Each stage can be read, tested and replaced alone.',
      severity: 'error',
      from: { path: '^main/engine/([^/]+)/' },
      to: { path: '^main/engine/([^/]+)/', pathNot: '^main/engine/$1/' },
    },
    {
      name: 'engine-sees-the-provider-port-only',
      severity: 'error',
      from: { path: '^main/engine/' },
      to: { path: '^main/(providers/(?!provider\\.ts$)|api|shell|service|cli|secrets)' },
    },
    {
      name: 'delta-knows-the-ports-only',
      comment: 'Differences are made and used the same way for every kind of target.',
      severity: 'error',
      from: { path: '^main/delta/' },
      to: { path: '^main/', pathNot: '^main/(delta/|host\\.ts$|providers/provider\\.ts$|state/signature-cache\\.ts$)' },
    },
    {
      name: 'delta-is-for-those-who-transfer',
      comment: 'Providers carry out plans; they do not make them.',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/(delta|engine|run-once|restore|cli)/|^main/(workbench|compose)\\.ts$' },
      to: { path: '^main/delta/' },
    },
    {
      name: 'providers-are-strangers',
      severity: 'error',
      from: { path: '^main/providers/([^/]+)/' },
      to: { path: '^main/providers/([^/]+)/', pathNot: ['^main/providers/$1/', '^main/providers/http/'] },
    },
    {
      name: 'shell-and-service-are-edges',
      comment: 'Only entry points know a host.',
      severity: 'error',
      from: { pathNot: '^main/(shell|service|cli)/|^(scripts|test|bench)/' },
      to: { path: '^main/(shell|service|cli)/' },
    },
    {
      name: 'sqlite-has-one-owner',
      severity: 'error',
      from: { pathNot: '^main/state/' },
      to: { path: '^(node:)?sqlite$' },
    },
    ...Object.entries(owners).map(([name, owner]) => ({
      name: `one-owner: ${name}`,
      severity: 'error',
      from: { path: '^(common|workers|main|preload|renderer)/', pathNot: owner },
      to: { path: `^node_modules/${name}(/|$)` },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'What no entry point leads to is not part of the program.',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: {
        path: '^(common|workers|main|preload|renderer)/.*\\.tsx?$',
        pathNot: [ENTRY_POINTS, '\\.d\\.ts$', '^workers/delta/kernel/assembly/'],
        reachable: false,
      },
    },
    {
      name: 'no-unresolved',
      comment: 'An unresolved import would slip past every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.css'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
    doNotFollow: { path: 'node_modules' },
    builtInModules: { add: ['node:sqlite', 'sqlite', 'electron'] },
  },
}
