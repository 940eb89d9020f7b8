import { useState } from 'react'
import type { DueVersionsView, FolderView } from '../../../../common/protocol.ts'
import { retentionRules } from '../../../../common/retention.ts'
import { retentionSentence, retentionStrings } from '../../../../common/retention-text.ts'
import { ErrorNote } from '../../../components/notes.tsx'
import { useAction, useClient } from '../../../state/services.ts'
import { SwitchSetting, TextSetting } from '../../settings/setting-fields.tsx'
import { useSettingsForm } from '../../settings/settings-form.ts'

const RULES = ['keepDays', 'keepDailyDays', 'keepWeeklyWeeks', 'keepMonthlyMonths'] as const

/** How long earlier versions stay, as fields and as one sentence, and what would go by that at a folder's target. */
export function VersionRules({ folder }: { readonly folder: FolderView }) {
  const { settings } = useSettingsForm()
  const text = retentionStrings
  return (
    <fieldset className="version-rules">
      <legend>{text.title}</legend>
      {RULES.map((name) => (
        <TextSetting key={name} name={name} label={text[name]} hint={text[`${name}Hint`]} />
      ))}
      <SwitchSetting name="pruneBucketVersions" label={text.pruneBucketVersions} />
      <p aria-live="polite">{retentionSentence(retentionRules(settings))}</p>
      {folder.target.startsWith('s3://') ? <p className="muted">{text.inBucket}</p> : null}
      {/* Other rules let other versions go. */}
      <DueVersions key={JSON.stringify(retentionRules(settings))} folderId={folder.id} />
    </fieldset>
  )
}

function DueVersions({ folderId }: { readonly folderId: string }) {
  const client = useClient()
  const [due, setDue] = useState<DueVersionsView | null>(null)
  const look = useAction(async () => setDue(await client.call('versions.due', { folderId })))
  return (
    <>
      <button type="button" className="button button-plain" disabled={look.pending} onClick={() => void look.run()}>
        {look.pending ? retentionStrings.looking : retentionStrings.look}
      </button>
      <ErrorNote error={look.error} />
      <output className="muted">{due === null ? null : sentencesOf(due).join(' ')}</output>
    </>
  )
}

function sentencesOf({ keepsVersions, due, staying, ofStore, dollarsPerMonth }: DueVersionsView): readonly string[] {
  const text = retentionStrings
  if (!keepsVersions) return [text.none]
  const said = (amount: DueVersionsView['due'], say: (values: { n: number; size: number }) => string) =>
    amount === undefined || amount.count === 0 ? [] : [say({ n: amount.count, size: amount.bytes })]
  const goes = said(due, text.wouldGo)
  const saves = dollarsPerMonth === undefined || goes.length === 0 ? [] : [text.saves({ dollars: dollarsPerMonth })]
  return [
    ...(goes.length === 0 ? [text.nothing] : goes),
    ...saves,
    ...said(staying, text.stays),
    ...said(ofStore, text.ofStore),
  ]
}
