import { useState } from 'react'
import type { Settings } from '../../../common/settings.ts'
import { activeRule, parseQuietLine, rulesEndAt } from '../../../common/timetable.ts'
import { Button } from '../../components/button.tsx'
import { formatMoment } from '../../format.ts'
import { noticeStrings } from '../../notice-strings.ts'
import { useNow } from '../../state/clock.ts'
import { QuietEditor } from './quiet-editor.tsx'
import { ChoiceSetting, SwitchSetting } from './setting-fields.tsx'
import { useSettingsForm } from './settings-form.ts'
import { SettingsSection } from './settings-section.tsx'

const says = noticeStrings.says

/** What is told, when it is not, and in a sentence what that comes to. */
export function NoticesSection({ hasShell }: { readonly hasShell: boolean }) {
  const { settings, save } = useSettingsForm()
  const text = noticeStrings
  const nowMs = useNow()
  return (
    <SettingsSection title={text.title}>
      <output className="live-sentence">{sentenceOf(settings, nowMs)}</output>
      <SwitchSetting name="notifyAttention" label={text.attention} hint={text.attentionHint} />
      <SwitchSetting name="notifyWarnings" label={text.warnings} hint={text.warningsHint} />
      <ChoiceSetting name="notifyInfo" label={text.info} choices={text.infos} />
      <QuietEditor lines={settings.quietHours} save={save} />
      {settings.quietHours.length === 0 ? null : <SwitchSetting name="quietExceptCritical" label={text.critical} />}
      {hasShell ? null : <BrowserPermission />}
    </SettingsSection>
  )
}

/** What the settings come to now. */
function sentenceOf(settings: Settings, nowMs: number): string {
  const { notifyAttention, notifyWarnings, notifyInfo } = settings
  const firstBackup = notifyAttention || notifyWarnings ? says.firstBackup : says.firstBackupOnly
  const told = [
    ...(notifyAttention ? [says.attention] : []),
    ...(notifyWarnings ? [says.warnings] : []),
    ...(notifyInfo === 'none' ? [] : [notifyInfo === 'all' ? says.allNews : firstBackup]),
  ]
  return told.length === 0 ? says.nothing : [...told, ...quietSentences(settings, nowMs)].join(' ')
}

function quietSentences({ quietHours, quietExceptCritical }: Settings, nowMs: number): readonly string[] {
  if (quietHours.length === 0) return []
  const rules = quietHours.map(parseQuietLine)
  if (activeRule(rules, nowMs) === undefined) return [says.quietNext]
  const untilMs = rulesEndAt(rules, nowMs)
  const quiet = untilMs === undefined ? says.quietAlways : says.quietNow({ moment: formatMoment(untilMs, nowMs) })
  return quietExceptCritical ? [quiet, says.critical] : [quiet]
}

/** A browser shows notifications only where a person allowed them, in an answer to a click. */
function BrowserPermission() {
  const text = noticeStrings
  const [permission, setPermission] = useState(() =>
    'Notification' in window ? Notification.permission : ('denied' as const),
  )
  if (permission === 'granted') return <p className="muted">{text.permissionGiven}</p>
  if (permission === 'denied') return <p className="muted">{text.permissionDenied}</p>
  const ask = (): void => {
    Notification.requestPermission().then(setPermission, () => setPermission('denied'))
  }
  return (
    <div className="settings-buttons">
      <Button className="button-wraps" onClick={ask}>
        {text.permission}
      </Button>
      <p className="muted">{text.permissionAsked}</p>
    </div>
  )
}
