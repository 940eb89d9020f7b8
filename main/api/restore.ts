import { TidekeepError } from '../../common/errors.ts'
import type { FolderId, RelPath } from '../../common/model.ts'
import type { Handlers, RestoreRequest, RestoreRunView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import { preview } from '../restore/preview.ts'
import { createRecords } from '../restore/records.ts'
import { markChanges } from '../restore/rounds.ts'
import { RestoreRuns } from '../restore/runs.ts'
import { Timelines } from '../restore/timelines.ts'
import { CURRENT_TOKEN } from '../restore/versions.ts'
import type { Area } from './area.ts'
import { createDueVersions } from './due-versions.ts'
import { withDeadline } from './deadline.ts'
import type { Needs } from './deps.ts'
import { checkRestoreDirectory } from './restore-directory.ts'
import { createThawHandlers } from './thaw.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

type RestoreDeps = Needs<
  'store' | 'settings' | 'host' | 'openTarget' | 'openDelta' | 'pricesOf' | 'pastUse' | 'onStop',
  never
>

const LOOK_MS = 60_000
/** Carries out what is over within that time, or fails with the message. */
type Bounded = <T>(message: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

/** Looking at what folders were, and bringing it back. What is open ends with the application. */
export function createRestoreHandlers(deps: RestoreDeps): Area<'restore' | 'versions' | 'thaw'> {
  const { host, store, onStop } = deps
  const shared = sharedBy(deps)
  const timelines = new Timelines({ ...shared, folder: (id) => folderOf(deps, id) })
  const runs = new RestoreRuns({ ...shared, ...runDeps(deps) })
  const thaws = createThawHandlers({
    ...shared,
    runs,
    pricesOf: deps.pricesOf,
    notify: (notice) => host.notify(notice),
    thaws: store.thaws,
    folder: (id) => deps.settings.get().folders.find((folder) => folder.id === id),
  })
  onStop(async () => {
    // Thaws first: a restore of theirs that is cut off goes on at the next start.
    await Promise.all([thaws.stop(), timelines.closeAll(), runs.cancelAll()])
  })
  const due = createDueVersions({ ...deps, openTarget: shared.openTarget })
  const bounded: Bounded = (message, work) => withDeadline({ clock: host.clock, limitMs: LOOK_MS, message }, work)
  const begin = async (request: RestoreRequest, isPlan: boolean): Promise<RestoreRunView> => {
    const folder = timelines.folderOf(request.id)
    const [path = ''] = request.paths
    if (request.token === CURRENT_TOKEN)
      await bounded(tooSlow(folder.target, path), (signal) =>
        timelines.get(request.id).past.checkStillCurrent(path as RelPath, signal),
      )
    return runs.start(folder, request, isPlan)
  }
  return {
    ...thaws.handlers,
    ...lookingHandlers(timelines, { clock: host.clock, bounded }),
    'restore.open': async ({ folderId, again }) => timelines.open(folderId, again === true),
    'restore.timeline': async ({ id }) => timelines.view(id),
    'restore.close': async ({ id }) => {
      timelines.close(id)
      return {}
    },
    'restore.plan': async (request) => begin(request, true),
    'restore.start': async (request) => begin(request, false),
    'restore.run': async ({ id }) => runs.view(id),
    'restore.cancel': async ({ id }) => runs.cancel(id),
    'versions.due': async ({ folderId }) => due(folderOf(deps, folderId)),
  }
}

type Looking = 'restore.moments' | 'restore.list' | 'restore.search' | 'versions.list' | 'versions.preview'

/** What is asked of a timeline that was read, or whose target is asked as it is looked at. */
function lookingHandlers(
  timelines: Timelines,
  { clock, bounded }: { readonly clock: Clock; readonly bounded: Bounded },
): Pick<Handlers, Looking> {
  return {
    'restore.moments': async ({ id, ...part }) => timelines.get(id).past.moments(part),
    'restore.list': async ({ id, ...request }) => {
      const { provider, past } = timelines.get(id)
      return bounded(tooSlow(provider.location, request.path), (signal) => past.list(request, signal))
    },
    'restore.search': async ({ id, text, after = 0, limit }) =>
      timelines.get(id).past.search({ text, after, limit, pause: () => clock.sleep(0) }),
    'versions.list': async ({ id, path }) => {
      const { provider, past } = timelines.get(id)
      return bounded(tooSlow(provider.location, path), (signal) => past.versions(path as RelPath, signal))
    },
    'versions.preview': async ({ id, path, token }) => {
      const { provider, past } = timelines.get(id)
      return bounded(tooSlow(provider.location, path), async (signal) => {
        if (token === CURRENT_TOKEN) await past.checkStillCurrent(path as RelPath, signal)
        const listed = past.shown(path as RelPath, token)
        return preview({ provider, path: path as RelPath, token, listed, signal })
      })
    },
  }
}

function runDeps({ openDelta, store, host, pastUse }: RestoreDeps) {
  return {
    openDelta,
    markChanges: ({ id }: FolderSettings) => markChanges(store, id as FolderId),
    checkDirectory: (folder: FolderSettings, directory: string) => checkRestoreDirectory(folder, directory, host.paths),
    ...(pastUse === undefined ? {} : { holdPast: ({ id }: FolderSettings) => pastUse.hold(id) }),
  }
}

/** What reading, restoring and thawing have in common. */
function sharedBy({ host, store, openTarget }: RestoreDeps) {
  return {
    clock: host.clock,
    random: host.random,
    log: host.log,
    // The empty mount point of a drive that is away is not a target that holds nothing.
    openTarget: ({ id, target, s3 }: FolderSettings) =>
      openTarget(target, s3 ?? {}, store.folders.get(id as FolderId).compared),
    recordsOf: ({ id }: FolderSettings) =>
      createRecords([{ baseline: store.baseline, history: store.history, folderId: id as FolderId }]),
  }
}

function tooSlow(location: string, path: string): string {
  return apiFailureTexts.restore.slow({ location, path })
}

function folderOf({ settings }: RestoreDeps, id: string): FolderSettings {
  const found = settings.get().folders.find((folder) => folder.id === id)
  if (found !== undefined) return found
  throw new TidekeepError({ code: 'not-found', message: apiFailureTexts.restore.thereIsNoSuchFolder })
}
