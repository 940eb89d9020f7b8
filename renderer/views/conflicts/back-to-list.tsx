import { ArrowLeft, GitCompareArrows } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/notes.tsx'
import { conflictStrings } from '../../conflict-strings.ts'

/** The way back from a card where there is no room for both. */
export function BackToList({ onBack }: { readonly onBack: () => void }) {
  return (
    <Button look="quiet" icon={ArrowLeft} className="conflict-back" onClick={onBack}>
      {conflictStrings.back}
    </Button>
  )
}

/** What is shown where nothing is listed. */
export function NothingListed({ isSettled }: { readonly isSettled: boolean }) {
  return isSettled ? (
    <Empty icon={GitCompareArrows} title={conflictStrings.nothingSettled} text={conflictStrings.nothingSettledText} />
  ) : (
    <Empty icon={GitCompareArrows} title={conflictStrings.none} text={conflictStrings.noneText} />
  )
}
