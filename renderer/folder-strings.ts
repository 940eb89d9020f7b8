import { folderMessages } from '../common/messages/en/folders.ts'
import { textsOf } from '../common/messages/texts.ts'
import type { IgnoreLineView } from '../common/protocol.ts'
import { displayName } from './names.ts'

/** The texts of the folder editor and of the plan of a folder. */
export const folderStrings = textsOf('folders', folderMessages)

/** Where an ignore line stands, as part of a sentence. */
export function placeOfLine({ source, line }: IgnoreLineView): string {
  const { places } = folderStrings.files
  if (source === 'tidekeep') return places.tidekeep
  if (source === 'global') return places.global({ line })
  if (source === 'folder') return places.folder({ line })
  return places.file({ line, path: displayName(source) })
}
