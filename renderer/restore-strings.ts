import { restoreMessages } from '../common/messages/en/restore.ts'
import { textsOf } from '../common/messages/texts.ts'
import type { MomentView, PreviewView, Standing, VersionView } from '../common/protocol.ts'

/** Every text of the Restore screen. */
export const restoreStrings = textsOf('restore', restoreMessages)

/** What a row that is not simply there is marked with. */
export const STANDINGS: Readonly<Record<Exclude<Standing, 'there'>, string>> = restoreStrings.standings

/** How a version ended. */
export const VERSION_ENDS: Readonly<Record<VersionView['why'], string>> = restoreStrings.ends

/** Where a version is kept. */
export const VERSION_PLACES: Readonly<Record<VersionView['keptBy'], string>> = restoreStrings.keptBy

/** Why nothing is shown of a version. */
export const NO_PREVIEW: Readonly<Record<Extract<PreviewView, { kind: 'none' }>['why'], string>> =
  restoreStrings.noPreview

/** `3 added, 2 replaced, 1 deleted`, without what did not happen. */
export function changesText(moment: MomentView): string {
  const kinds = ['added', 'replaced', 'changed', 'deleted'] as const
  return kinds
    .flatMap((kind) => {
      const { [kind]: n = 0 } = moment
      return n === 0 ? [] : [restoreStrings.changes[kind]({ n })]
    })
    .join(', ')
}
