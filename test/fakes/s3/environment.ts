import type { S3Server } from './server.ts'

/** What a process needs in its environment to reach a server, with its keys, and to ask nobody else for others. */
export function environmentOf({ endpoint, keys }: Pick<S3Server, 'endpoint' | 'keys'>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: keys.region,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
