import { useState } from 'react'
import { toTidekeepError } from '../../../common/errors.ts'
import type { ActivityView, UndoItemView } from '../../../common/protocol.ts'
import { useToast } from '../../components/toasts.tsx'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'

/** Undoing one row of the history. */
export interface UndoState {
  /** With `beside`, what cannot go where it was is written under another name. */
  readonly run: (row: ActivityView, beside: boolean) => Promise<void>
  readonly pending: boolean
  /** Why the last try left a row as it is. */
  readonly refusal: { readonly rowId: number; readonly message: string; readonly mayGoBeside: boolean } | null
}

/** True for a row whose replaced or deleted version can still be brought back. */
export function canUndo({ kept, undone }: ActivityView): boolean {
  return kept !== undefined && undone !== true
}

/** `onUndone` hears of each row that has nothing to undo any more, `onRefused` of the others. */
export function useUndo(onUndone: (id: number) => void, onRefused: (row: ActivityView) => void): UndoState {
  const client = useClient()
  const toast = useToast()
  const [refusal, setRefusal] = useState<UndoState['refusal']>(null)
  const ended = (row: ActivityView, item: UndoItemView | undefined): void => {
    const isDone = item !== undefined && item.outcome !== 'refused' && item.outcome !== 'failed'
    if (isDone) {
      toast({ text: strings.undoing[item.outcome]({ path: displayName(item.writtenTo ?? item.path) }) })
      return onUndone(row.id)
    }
    const message = item?.failure?.message ?? strings.undoing.gone
    setRefusal({ rowId: row.id, message, mayGoBeside: item?.outcome === 'refused' })
    onRefused(row)
  }
  const action = useAction(async (row: ActivityView, beside: boolean) => {
    setRefusal(null)
    try {
      const { items } = await client.call('activity.undo', { ids: [row.id], dryRun: false, beside })
      ended(row, items[0])
    } catch (thrown) {
      toast({ text: toTidekeepError(thrown).message })
    }
  })
  const run = async (row: ActivityView, beside: boolean): Promise<void> => {
    await action.run(row, beside)
  }
  return { run, pending: action.pending, refusal }
}
