import { TidekeepError } from '../../common/errors.ts'
import type { Settings } from '../../common/settings.ts'
import type { SignInPlace } from './authority.ts'
import { noClientId } from './failures.ts'

/** Where a new sign-in goes, by the settings in force. Throws `invalid` where no application is set. */
export function placeBy(
  settings: Pick<Settings, 'microsoftClientId' | 'microsoftAuthority' | 'microsoftGraph'>,
  tenant: string | undefined,
): SignInPlace {
  const { microsoftClientId: clientId, microsoftAuthority: authority, microsoftGraph: graphOrigin } = settings
  if (clientId === '') throw new TidekeepError({ code: 'invalid', ...noClientId() })
  return { clientId, authority, graphOrigin, tenant: tenant ?? 'common' }
}
