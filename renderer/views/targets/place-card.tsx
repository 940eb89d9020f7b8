import { Database, HardDrive, RefreshCw } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { CheckResult } from '../../components/check-result.tsx'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { useClient } from '../../state/services.ts'
import { targetStrings } from '../../target-strings.ts'
import { KeptFolders } from './kept-folders.tsx'
import type { Place } from './places.ts'
import { Space } from './space.tsx'
import { useCheck } from './use-check.ts'
import { useLook } from './use-look.ts'

/** One disk directory or bucket: whether it is there, how full it is, and what is kept there. */
export function PlaceCard({ place }: { readonly place: Place }) {
  const text = targetStrings
  const client = useClient()
  const [first] = place.folders
  const folderId = first?.id ?? ''
  const { look, isAsking, askAgain } = useLook(place.key, (fresh) => client.call('targets.look', { folderId, fresh }))
  const { run, pending, check, error } = useCheck(
    first?.target ?? place.name,
    place.kind === 's3' ? place.s3 : undefined,
  )
  const isAway = look?.isReachable === false
  return (
    <article className="card target" aria-label={displayName(place.name)}>
      <header className="target-head">
        <span className="target-icon" data-tone={isAway ? 'warn' : undefined} aria-hidden="true">
          {place.kind === 'local' ? <HardDrive size={20} /> : <Database size={20} />}
        </span>
        <div className="target-words">
          <h3>
            <PathText path={place.name} />
          </h3>
          <p>
            {look === null ? (
              <span className="muted">{text.asking}</span>
            ) : (
              <strong className="target-state" data-tone={isAway ? 'warn' : 'good'}>
                {(isAway ? text.unreachable : text.reachable)[place.kind]}
              </strong>
            )}
            {place.kind === 's3' ? <span className="muted"> · {storeWords(place)}</span> : null}
          </p>
        </div>
        <div className="folder-actions">
          <Button
            className="button-small"
            pending={pending}
            aria-label={text.testOf({ name: displayName(place.name) })}
            onClick={run}
          >
            {pending ? text.testing : text.test}
          </Button>
        </div>
      </header>
      {look?.error === undefined ? null : (
        <div className="target-trouble">
          <Note tone="warn">
            <p>{look.error.message}</p>
            {look.error.fix === undefined ? null : <p className="muted">{look.error.fix}</p>}
          </Note>
          <Button icon={RefreshCw} className="button-small" pending={isAsking} onClick={askAgain}>
            {text.refresh}
          </Button>
        </div>
      )}
      {place.kind === 'local' && !isAway ? <Space look={look} name={place.name} /> : null}
      <KeptFolders folders={place.folders} none={text.nothingKept} />
      <div aria-live="polite">{check === null ? null : <CheckResult check={check} />}</div>
      <ErrorNote error={error} />
    </article>
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
