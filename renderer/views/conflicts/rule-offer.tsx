import type { ConflictRule } from '../../../common/conflict.ts'
import type { ConflictView, Decision, FolderRulesView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { useToast } from '../../components/toasts.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'

/** What a decision about one file could become a rule for. */
export interface Offer {
  readonly folderId: string
  readonly folderName: string
  readonly rule: ConflictRule
}

/** The rule that a decision suggests: the same for every file with that ending. None for a merge, nor for files without one. */
export function offerOf({ path, folderId }: ConflictView, folderName: string, { kind }: Decision): Offer | null {
  const ending = /[^/.][^/]*(\.[A-Za-z0-9]{1,10})$/.exec(path)?.[1]
  if (kind === 'merge' || ending === undefined) return null
  return { folderId, folderName, rule: { pattern: `*${ending}`, resolution: kind } }
}

interface RuleOfferProps {
  readonly offer: Offer
  readonly onMade: (folders: readonly FolderRulesView[]) => void
  readonly onDismiss: () => void
}

/** Offers to decide the same way from now on. Says how many open conflicts fit; those still wait. */
export function RuleOffer({ offer, onMade, onDismiss }: RuleOfferProps) {
  const client = useClient()
  const toast = useToast()
  const { folderId, folderName, rule } = offer
  const make = useAction(async () => {
    onMade(await client.call('conflicts.addRule', { folderId, rule }))
    const { conflicts } = await client.call('conflicts.count', { folderId, pattern: rule.pattern })
    const more = conflicts === 0 ? '' : ` ${conflictStrings.rules.openToo({ n: conflicts })}`
    toast({ text: `${conflictStrings.rules.made({ pattern: rule.pattern })}${more}` })
  })
  return (
    <section className="rule-offer">
      <p>
        {conflictStrings.rules.offer({
          resolution: conflictStrings.rules.resolutions[rule.resolution],
          pattern: displayName(rule.pattern),
          folder: displayName(folderName),
        })}
      </p>
      <Button className="button-small" pending={make.pending} onClick={() => void make.run()}>
        {conflictStrings.rules.make}
      </Button>
      <Button look="quiet" className="button-small" onClick={onDismiss}>
        {strings.dismiss}
      </Button>
      <ErrorNote error={make.error} />
    </section>
  )
}
