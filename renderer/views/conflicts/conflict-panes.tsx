import { GitCompareArrows } from 'lucide-react'
import { useState } from 'react'
import type { ConflictView, Decision, FolderRulesView, FolderView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/notes.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { useClient } from '../../state/services.ts'
import { BackToList, NothingListed } from './back-to-list.tsx'
import { BatchBar } from './batch-bar.tsx'
import { ConflictCard } from './conflict-card.tsx'
import { ConflictList, type Chosen } from './conflict-list.tsx'
import { offerOf, RuleOffer, type Offer } from './rule-offer.tsx'
import { useConflicts, type ConflictsQuery } from './use-conflicts.ts'
import { useDecisions, type Asked } from './use-decisions.ts'

interface ConflictPanesProps {
  readonly query: ConflictsQuery
  readonly folders: readonly FolderView[]
  /** Changes when the lists are to be read again. */
  readonly version: unknown
  /** The one to show first. */
  readonly askedId: number | undefined
  readonly onRules: (folders: readonly FolderRulesView[]) => void
}

const NONE: Chosen = new Set()

/** The list on one side, the card of the chosen one on the other. */
export function ConflictPanes({ query, folders, version, askedId, onRules }: ConflictPanesProps) {
  const { rows, complete, more, reload } = useConflicts(query, version)
  const decisions = useDecisions(reload)
  // The only one there is needs no choosing, until its reader goes back to the list.
  const [asked, show] = useState<number | 'only' | undefined>(askedId ?? 'only')
  const [chosen, setChosen] = useState<Chosen>(NONE)
  const [offer, setOffer] = useState<Offer | null>(null)
  const isSettled = query.state === 'resolved'
  if (rows === null) return null
  if (rows.length === 0) return <NothingListed isSettled={isSettled} />
  const shownId = asked === 'only' ? (isSettled || rows.length > 1 ? undefined : rows[0]?.id) : asked
  const shown = rows.find(({ id }) => id === shownId)
  const nameOf = (id: string): string => folders.find((folder) => folder.id === id)?.name ?? id
  const choose = ({ id }: ConflictView): void => {
    const next = new Set(chosen === 'all' ? rows.map((row) => row.id) : chosen)
    if (!next.delete(id)) next.add(id)
    setChosen(next)
  }
  const after = (conflict: ConflictView): void => {
    const at = rows.findIndex(({ id }) => id === conflict.id)
    show((rows[at + 1] ?? rows[at - 1])?.id)
  }
  const decided = (conflict: ConflictView, decision: Decision): void => {
    setOffer(offerOf(conflict, nameOf(conflict.folderId), decision))
    after(conflict)
  }
  return (
    <div className="conflict-panes" data-card={shown === undefined ? undefined : true}>
      {isSettled ? null : <Batch {...{ query, rows, complete, chosen, setChosen }} decide={decisions.decide} />}
      <div className="conflict-listing">
        <ConflictList
          {...{ rows, complete, shownId, chosen }}
          onNearEnd={more}
          onOpen={({ id }) => show(id)}
          {...(isSettled ? {} : { onChoose: choose })}
        />
      </div>
      <div className="conflict-detail">
        {offer === null ? null : (
          <RuleOffer
            offer={offer}
            onDismiss={() => setOffer(null)}
            onMade={(all) => {
              onRules(all)
              setOffer(null)
            }}
          />
        )}
        {shown === undefined ? (
          <Empty icon={GitCompareArrows} title={conflictStrings.choose} text={conflictStrings.chooseText} />
        ) : (
          <>
            <BackToList onBack={() => show(undefined)} />
            <ConflictCard
              key={shown.id}
              conflict={shown}
              folderName={nameOf(shown.folderId)}
              decisions={decisions}
              onDecided={(decision) => decided(shown, decision)}
              onLater={() => after(shown)}
            />
          </>
        )}
      </div>
    </div>
  )
}

interface BatchProps {
  readonly query: ConflictsQuery
  readonly rows: readonly ConflictView[]
  readonly complete: boolean
  readonly chosen: Chosen
  readonly setChosen: (chosen: Chosen) => void
  readonly decide: (asked: Asked, decision: Decision) => Promise<unknown>
}

/** What is chosen, as it stands; before that, the way to choose everything that the filter lets through. */
function Batch({ query, rows, complete, chosen, setChosen, decide }: BatchProps) {
  const client = useClient()
  const { folderId, kind } = query
  const where = { ...(folderId === undefined ? {} : { folderId }), ...(kind === undefined ? {} : { kind }) }
  const [total, setTotal] = useState<number | undefined>(undefined)
  const listed = chosen === 'all' ? rows : rows.filter(({ id }) => chosen.has(id))
  const count = chosen === 'all' ? (total ?? rows.length) : listed.length
  const chooseAll = async (): Promise<void> => {
    if (!complete) setTotal((await client.call('conflicts.count', where)).conflicts)
    setChosen('all')
  }
  if (count === 0) {
    // The only one there is needs no choosing.
    if (rows.length < 2) return null
    return (
      <section className="batch">
        <Button look="quiet" className="button-small" onClick={() => void chooseAll()}>
          {complete ? conflictStrings.selectAll({ n: rows.length }) : conflictStrings.selectEvery}
        </Button>
      </section>
    )
  }
  return (
    <BatchBar
      count={count}
      onClear={() => setChosen(NONE)}
      onCount={async () =>
        chosen === 'all'
          ? client.call('conflicts.count', where)
          : {
              conflicts: listed.length,
              localNewer: listed.filter((each) => !isAgainstFolder(each) && each.newer === 'local').length,
              remoteNewer: listed.filter((each) => !isAgainstFolder(each) && each.newer === 'remote').length,
              againstFolder: listed.filter(isAgainstFolder).length,
              seen: '',
            }
      }
      onDecide={async (decision, { seen, conflicts }) => {
        await decide(chosen === 'all' ? { query: where, seen, count: conflicts } : { conflicts: listed }, {
          kind: decision,
        })
        setChosen(NONE)
      }}
    />
  )
}

function isAgainstFolder({ local, remote }: ConflictView): boolean {
  return local.kind !== remote.kind
}
