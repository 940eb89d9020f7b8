import { Tabs } from '@base-ui/react/tabs'
import { ListChecks } from 'lucide-react'
import { useEffect, useState } from 'react'
import { CONFLICT_KINDS } from '../../../common/conflict-texts.ts'
import type { ConflictKind } from '../../../common/conflict.ts'
import type { FolderRulesView, FolderView, StatusView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { formatNumber } from '../../format.ts'
import { displayName } from '../../names.ts'
import { navigate } from '../../state/route.ts'
import { useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { ConflictPanes } from './conflict-panes.tsx'
import { RulesDialog } from './rules-dialog.tsx'

interface ConflictsScreenProps {
  readonly status: StatusView
  /** `settled`, the id of the one to show first, or ''. */
  readonly section: string
}

/** What both sides of two-way folders changed: a list, the card of one, and decisions about one or many. */
export function ConflictsScreen({ status, section }: ConflictsScreenProps) {
  const [folderId, setFolderId] = useState('')
  const [kind, setKind] = useState<ConflictKind | ''>('')
  const [rules, setRules] = useRules()
  const [areRulesShown, showRules] = useState(false)
  const tab = section === 'settled' ? 'resolved' : 'unresolved'
  const waiting = status.folders.reduce((sum, folder) => sum + folder.conflicts, 0)
  const query = { folderId: folderId === '' ? undefined : folderId, kind: kind === '' ? undefined : kind }
  return (
    <ScreenFrame
      title={strings.screens.conflicts}
      layout="fill"
      actions={
        <Button icon={ListChecks} onClick={() => showRules(true)}>
          {conflictStrings.rules.open({ n: rules.reduce((sum, each) => sum + each.rules.length, 0) })}
        </Button>
      }
    >
      <Tabs.Root
        className="tabs"
        value={tab}
        onValueChange={(next) => navigate('conflicts', next === 'resolved' ? 'settled' : '')}
      >
        <div className="conflict-bar">
          <Tabs.List className="tab-list" aria-label={conflictStrings.tabs}>
            <Tabs.Tab className="tab" value="unresolved">
              {conflictStrings.waiting}
              {waiting > 0 ? <span className="badge numbers">{formatNumber(waiting)}</span> : null}
            </Tabs.Tab>
            <Tabs.Tab className="tab" value="resolved">
              {conflictStrings.settled}
            </Tabs.Tab>
          </Tabs.List>
          <Filters folders={status.folders} {...{ folderId, setFolderId, kind, setKind }} />
        </div>
        {(['unresolved', 'resolved'] as const).map((state) => (
          <Tabs.Panel key={state} className="tab-panel" value={state}>
            <ConflictPanes
              key={`${folderId} ${kind}`}
              query={{ state, ...query }}
              folders={status.folders}
              version={waiting}
              askedId={Number(section) > 0 ? Number(section) : undefined}
              onRules={setRules}
            />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
      <RulesDialog open={areRulesShown} folders={rules} onChange={setRules} onClose={() => showRules(false)} />
    </ScreenFrame>
  )
}

function useRules() {
  const client = useClient()
  const [rules, setRules] = useState<readonly FolderRulesView[]>([])
  useEffect(() => {
    // Without an answer the list stays empty; the banner says that the service is away.
    client.call('conflicts.rules', {}).then(setRules, () => undefined)
  }, [client])
  return [rules, setRules] as const
}

interface FiltersProps {
  readonly folders: readonly FolderView[]
  readonly folderId: string
  readonly setFolderId: (id: string) => void
  readonly kind: ConflictKind | ''
  readonly setKind: (kind: ConflictKind | '') => void
}

function Filters({ folders, folderId, setFolderId, kind, setKind }: FiltersProps) {
  const twoWay = folders.filter(({ mode, conflicts }) => mode === 'two-way' || conflicts > 0)
  return (
    <div className="conflict-filters">
      <label>
        <span className="visually-hidden">{strings.activity.folder}</span>
        <select className="input" value={folderId} onChange={(event) => setFolderId(event.target.value)}>
          <option value="">{strings.activity.allFolders}</option>
          {twoWay.map(({ id, name }) => (
            <option key={id} value={id}>
              {displayName(name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="visually-hidden">{conflictStrings.kind}</span>
        <select className="input" value={kind} onChange={(event) => setKind(event.target.value as ConflictKind | '')}>
          <option value="">{conflictStrings.allKinds}</option>
          {Object.entries(CONFLICT_KINDS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
