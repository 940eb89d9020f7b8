import type { Client, FolderView, NewFolder } from '../../../common/protocol.ts'

/** Everything that describes a folder to `folders.add` and `plan.preview`: with it, a folder that was removed comes back as it was. */
export async function asNewFolder(
  client: Client,
  folder: Pick<FolderView, 'id' | 'path' | 'target' | 'name' | 'mode'>,
): Promise<NewFolder> {
  const settings = await client.call('settings.get', {})
  const stored = settings.folders.find((each) => each.id === folder.id)
  const { path, target, name, mode } = folder
  if (stored === undefined) return { path, target, name, mode }
  const { ignore, paused, s3, adopt, conflictRules, alarmAfterMs } = stored
  return {
    path,
    target,
    name,
    mode,
    ignore,
    paused,
    ...(s3 === undefined ? {} : { s3 }),
    ...(adopt === undefined ? {} : { adopt }),
    ...(conflictRules === undefined ? {} : { conflictRules }),
    ...(alarmAfterMs === undefined ? {} : { alarmAfterMs }),
  }
}
