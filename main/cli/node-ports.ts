import { choosePaths } from '../service/paths.ts'
import type { Ports } from './ports.ts'

/** The real program behind the commands. Each part is loaded when it is first used. */
export function createPorts(): Ports {
  return {
    paths: (home, env) => choosePaths({ env: home === undefined ? env : { ...env, TIDEKEEP_HOME: home } }),
    host: async (paths, env, { debug }) => {
      const { createNodeHost } = await import('../service/node-host.ts')
      return createNodeHost({ env, paths, ...(debug ? { logLevel: 'debug', logToStderr: true } : {}) })
    },
    runOnce: async (host, options) => {
      const { createPool } = await import('../pool.ts')
      const { holdsFewFiles } = await import('../run-once/few-files.ts')
      // They start while the rest is loaded and state is opened.
      const pool = createPool(holdsFewFiles(options.source) ? { fewFiles: host.clock } : { startsAtOnce: true })
      return (await import('../run-once-engine.ts')).runOnce(host, options, pool)
    },
    config: async (paths, env) => (await import('./open-config.ts')).openConfig(paths, env),
    connect: async (paths) => (await import('../service/socket-client.ts')).connectSocket(paths),
    offline: async (host, purpose) => (await import('./offline-client.ts')).openOffline(host, purpose),
    openTarget: async (host, location, options) =>
      (await import('./open-target.ts')).openTargetAlone(host, location, options),
    openRememberingTarget: async (host, location, s3) =>
      (await import('./open-remembering.ts')).openRememberingTarget(host, location, s3),
    openRecords: async (host, target) => (await import('./open-records.ts')).openRecords(host, target),
    pairConflicts: async (host, query) => (await import('./pair-conflicts.ts')).listPairConflicts(host, query),
    openSource: async (host, directory) => (await import('./open-source.ts')).openSource(host, directory),
    compose: async (host, env) => (await import('../compose.ts')).createApplication({ host, env: { ...env } }),
    startService: async (host, env, options) =>
      (await import('./start-service.ts')).serveApplication(host, env, options),
    checkIgnore: async (folder, path) => (await import('./check-ignore.ts')).checkIgnore(folder, path),
    checkProvider: async (target, check) => (await import('./check-provider.ts')).checkProvider(target, check),
    describeSecrets: async ({ paths, log }, env) => {
      const { openSecrets } = await import('../secrets/open-secrets.ts')
      return (await openSecrets({ paths, env, log })).describe()
    },
    accounts: async (host, env) => {
      const { openSecrets } = await import('../secrets/open-secrets.ts')
      const { createAccounts } = await import('../accounts/accounts.ts')
      return createAccounts(host, await openSecrets({ ...host, env }))
    },
    openBrowser: async (url) => (await import('../service/open-browser.ts')).openBrowser(url),
  }
}
