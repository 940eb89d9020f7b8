import type { StoreRequest } from './store-client.ts'

const OBJECT_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
}
const BUCKET_OPERATIONS = [
  ['uploads', 'ListMultipartUploads'],
  ['versions', 'ListObjectVersions'],
  ['object-lock', 'GetObjectLockConfiguration'],
] as const
const UPLOAD_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'ListParts',
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
}

/** What Amazon's documentation and price list call a request. */
export function operationOf({ method, key, query, headers }: StoreRequest): string {
  if (key === '' && query?.['delete'] !== undefined) return 'DeleteObjects'
  if (key === '') return BUCKET_OPERATIONS.find(([name]) => query?.[name] !== undefined)?.[1] ?? 'ListObjectsV2'
  if (query?.['restore'] !== undefined) return 'RestoreObject'
  if (query?.['uploads'] !== undefined) return 'CreateMultipartUpload'
  const isCopy = headers?.['x-amz-copy-source'] !== undefined
  if (query?.['uploadId'] !== undefined) return isCopy ? 'UploadPartCopy' : (UPLOAD_OPERATIONS[method] ?? method)
  return isCopy ? 'CopyObject' : (OBJECT_OPERATIONS[method] ?? method)
}
