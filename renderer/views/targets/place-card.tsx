import { Database, HardDrive } from 'lucide-react'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { useClient } from '../../state/services.ts'
import { targetStrings } from '../../target-strings.ts'
import { KeptFolders } from './kept-folders.tsx'
import type { Place } from './places.ts'
import { Space } from './space.tsx'
import { TargetCard, TargetState, TestButton, Trouble } from './target-card.tsx'
import { useCheck } from './use-check.ts'
import { useLook } from './use-look.ts'

/** One disk directory or bucket: whether it is there, how full it is, and what is kept there. */
export function PlaceCard({ place }: { readonly place: Place }) {
  const text = targetStrings
  const client = useClient()
  const name = displayName(place.name)
  const [first] = place.folders
  const folderId = first?.id ?? ''
  const state = useLook(place.key, (fresh) => client.call('targets.look', { folderId, fresh }))
  const check = useCheck(first?.target ?? place.name, place.kind === 's3' ? place.s3 : undefined)
  const { look } = state
  const isAway = look?.isReachable === false
  return (
    <TargetCard
      icon={place.kind === 'local' ? HardDrive : Database}
      isAway={isAway}
      name={name}
      title={<PathText path={place.name} />}
      state={
        <>
          {look === null ? (
            <span className="muted">{text.asking}</span>
          ) : (
            <TargetState isAway={isAway}>{(isAway ? text.unreachable : text.reachable)[place.kind]}</TargetState>
          )}
          {place.kind === 's3' ? <span className="muted"> · {storeWords(place)}</span> : null}
        </>
      }
      actions={<TestButton name={name} check={check} />}
      check={check}
    >
      <Trouble state={state} />
      {place.kind === 'local' && !isAway ? <Space look={look} name={place.name} /> : null}
      <KeptFolders folders={place.folders} none={text.nothingKept} />
    </TargetCard>
  )
}

function storeWords({ s3 }: Place): string {
  const { endpoint = '', region = '', accountId } = s3
  return [
    endpoint === '' ? targetStrings.amazon : endpoint,
    region === '' ? '' : targetStrings.region({ region }),
    accountId === undefined ? targetStrings.awsKeys : targetStrings.keys({ name: accountId }),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
