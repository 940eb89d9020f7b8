import type { Client, FolderView, NewFolder } from '../../../common/protocol.ts'

/** Everything that describes a folder to `folders.add` and `plan.preview`, its store and ignore lines included. */
export async function asNewFolder(
  client: Client,
  folder: Pick<FolderView, 'id' | 'path' | 'target' | 'name' | 'mode'>,
): Promise<NewFolder> {
  const settings = await client.call('settings.get', {})
  const stored = settings.folders.find((each) => each.id === folder.id)
  const { path, target, name, mode } = folder
  return {
    path,
    target,
    name,
    mode,
    ...(stored === undefined ? {} : { ignore: stored.ignore }),
    ...(stored?.s3 === undefined ? {} : { s3: stored.s3 }),
  }
}
