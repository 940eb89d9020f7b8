import { FolderClosed } from 'lucide-react'
import { useId } from 'react'
import type { SourceSuggestion } from '../../../common/protocol.ts'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import type { Measured } from './use-sizes.ts'

interface SourceRowProps {
  readonly source: SourceSuggestion
  readonly measured: Measured | undefined
  readonly isTicked: boolean
  /** Why it cannot be ticked. */
  readonly refusal: string | undefined
  readonly onTick: (isOn: boolean) => void
}

/** One folder to tick, with its size as it is counted. */
export function SourceRow({ source, measured, isTicked, refusal, onTick }: SourceRowProps) {
  const id = useId()
  return (
    <label className="source-row" data-ticked={isTicked || undefined} data-refused={refusal !== undefined || undefined}>
      <input
        type="checkbox"
        checked={isTicked}
        disabled={refusal !== undefined}
        aria-labelledby={`${id}-name`}
        aria-describedby={`${id}-path ${id}-size`}
        onChange={(event) => onTick(event.target.checked)}
      />
      <FolderClosed size={20} aria-hidden="true" className="muted" />
      <span className="source-words">
        <bdi id={`${id}-name`}>{displayName(source.name)}</bdi>
        <small id={`${id}-path`}>
          <PathText path={source.path} />
        </small>
      </span>
      <span className="source-size numbers muted" id={`${id}-size`} title={ignoredText(measured)}>
        {refusal ?? sizeText(measured)}
      </span>
    </label>
  )
}

function sizeText(measured: Measured | undefined): string {
  if (measured === undefined) return wizardStrings.folders.measuring
  if ('problem' in measured) return wizardStrings.folders.unreadable
  const { files, bytes, complete } = measured.size
  return wizardStrings.folders.size({ files, bytes, complete })
}

function ignoredText(measured: Measured | undefined): string | undefined {
  if (measured === undefined || 'problem' in measured || measured.size.ignored === 0) return undefined
  return wizardStrings.folders.ignored({ n: measured.size.ignored })
}
