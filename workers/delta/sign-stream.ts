import { TidekeepError } from '../../common/errors.ts'
import type { SignedFile, SignStream } from '../tasks.ts'
import { SignatureBuilder } from './signature-builder.ts'
import { sharedWordings } from '../../common/shared-wordings.ts'

/** The signature of content that comes over a port, see {@link SignStream}. Throws `cancelled` where the port closes before its end. */
export async function signStream({ port, shape }: SignStream): Promise<SignedFile> {
  const builder = new SignatureBuilder(shape)
  try {
    return await new Promise((resolve, reject) => {
      port.on('close', () => reject(new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled })))
      port.on('message', (piece: Uint8Array | undefined) => {
        try {
          if (piece === undefined) return resolve(builder.finish())
          builder.update(piece)
          port.postMessage('more')
        } catch (error) {
          reject(error)
        }
      })
    })
  } finally {
    port.close()
  }
}
