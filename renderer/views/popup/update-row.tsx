import { RotateCw } from 'lucide-react'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { useAction, useClient } from '../../state/services.ts'
import { updateStrings } from '../../update-strings.ts'

/** A new version of the program waits for a restart, which is a person's to choose. */
export function UpdateRow({ version }: { readonly version: string }) {
  const client = useClient()
  const install = useAction(() => client.call('updates.install', {}))
  return (
    <>
      <section className="update-ready" aria-label={updateStrings.title}>
        <p>{updateStrings.ready({ version })}</p>
        <Button icon={RotateCw} pending={install.pending} onClick={() => void install.run()}>
          {updateStrings.restart}
        </Button>
      </section>
      <ErrorNote error={install.error} />
    </>
  )
}
