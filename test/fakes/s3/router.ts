import type { Bucket } from './bucket.ts'
import { copyObject, uploadPartCopy } from './copy-handlers.ts'
import { deleteObjects, listObjects, listUploads, listVersions } from './listing-handlers.ts'
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from './multipart-handlers.ts'
import { deleteObject, getObject, putObject, restoreObject } from './object-handlers.ts'
import { S3Error, type Quirks, type Reply, type S3Request } from './types.ts'
import { parseXml, tag, textOf, xmlDocument } from './xml.ts'

/** What handlers may reach. */
export interface RouterContext {
  readonly buckets: Map<string, Bucket>
  readonly quirks: Quirks
  readonly createBucket: (name: string) => void
}

type Handler = (request: S3Request, context: RouterContext) => Reply

/** Names a request as Amazon's documentation does; the names are used by faults and counts. */
export function operationOf(request: Pick<S3Request, 'method' | 'bucket' | 'key' | 'query' | 'headers'>): string {
  const { method, query } = request
  if (request.bucket === '') return 'ListBuckets'
  if (request.key === '') return bucketOperation(method, query)
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload'
  if (method === 'POST' && query.has('restore')) return 'RestoreObject'
  if (query.has('uploadId')) {
    if (method === 'PUT') return 'x-amz-copy-source' in request.headers ? 'UploadPartCopy' : 'UploadPart'
    return { POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload', GET: 'ListParts' }[method] ?? 'Unknown'
  }
  if (method === 'PUT') return 'x-amz-copy-source' in request.headers ? 'CopyObject' : 'PutObject'
  return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? 'Unknown'
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): string {
  const sub = ['versioning', 'versions', 'uploads', 'location', 'delete', 'list-type', 'object-lock'].find((name) =>
    query.has(name),
  )
  const names: Readonly<Record<string, string>> = {
    'GET versioning': 'GetBucketVersioning',
    'PUT versioning': 'PutBucketVersioning',
    'GET versions': 'ListObjectVersions',
    'GET uploads': 'ListMultipartUploads',
    'GET location': 'GetBucketLocation',
    'GET object-lock': 'GetObjectLockConfiguration',
    'POST delete': 'DeleteObjects',
    'GET list-type': 'ListObjectsV2',
    'HEAD ': 'HeadBucket',
    'PUT ': 'CreateBucket',
  }
  return names[`${method} ${sub ?? ''}`] ?? 'Unknown'
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  ListBuckets: (_request, context) => ({
    status: 200,
    body: xmlDocument(
      'ListAllMyBucketsResult',
      `<Buckets>${[...context.buckets.keys()].map((name) => `<Bucket>${tag('Name', name)}</Bucket>`).join('')}</Buckets>`,
    ),
  }),
  CreateBucket: (request, context) => {
    if (context.buckets.has(request.bucket)) throw new S3Error(409, 'BucketAlreadyOwnedByYou')
    context.createBucket(request.bucket)
    return { status: 200 }
  },
  HeadBucket: (request, context) => (bucketOf(request, context), { status: 200 }),
  GetBucketLocation: () => ({ status: 200, body: xmlDocument('LocationConstraint', '') }),
  GetBucketVersioning: (request, context) => {
    const { versioning } = bucketOf(request, context)
    const status = versioning === 'off' ? '' : tag('Status', versioning === 'enabled' ? 'Enabled' : 'Suspended')
    return { status: 200, body: xmlDocument('VersioningConfiguration', status) }
  },
  GetObjectLockConfiguration: (request, context) => {
    const { objectLock } = bucketOf(request, context)
    if (objectLock === 'off') throw new S3Error(404, 'ObjectLockConfigurationNotFoundError')
    const rule = '<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule>'
    const inner = tag('ObjectLockEnabled', 'Enabled') + (objectLock === 'default' ? rule : '')
    return { status: 200, body: xmlDocument('ObjectLockConfiguration', inner) }
  },
  PutBucketVersioning: (request, context) => {
    const status = textOf(parseXml(request.body.toString()), 'Status')
    bucketOf(request, context).versioning = status === 'Enabled' ? 'enabled' : 'suspended'
    return { status: 200 }
  },
  ListObjectsV2: (request, context) => listObjects(bucketOf(request, context), request, context.quirks),
  ListObjectVersions: (request, context) => listVersions(bucketOf(request, context), request, context.quirks),
  ListMultipartUploads: (request, context) => listUploads(bucketOf(request, context), request, context.quirks),
  DeleteObjects: (request, context) => deleteObjects(bucketOf(request, context), request, context.quirks),
  PutObject: (request, context) => putObject(bucketOf(request, context), request, context.quirks),
  GetObject: (request, context) => getObject(bucketOf(request, context), request),
  HeadObject: (request, context) => getObject(bucketOf(request, context), request),
  DeleteObject: (request, context) => deleteObject(bucketOf(request, context), request, context.quirks),
  RestoreObject: (request, context) => restoreObject(bucketOf(request, context), request),
  CopyObject: (request, context) => copyObject(bucketOf(request, context), request, copyContext(context)),
  UploadPartCopy: (request, context) => uploadPartCopy(bucketOf(request, context), request, copyContext(context)),
  CreateMultipartUpload: (request, context) => createUpload(bucketOf(request, context), request, context.quirks),
  UploadPart: (request, context) => uploadPart(bucketOf(request, context), request, context.quirks),
  CompleteMultipartUpload: (request, context) => completeUpload(bucketOf(request, context), request, context.quirks),
  AbortMultipartUpload: (request, context) => abortUpload(bucketOf(request, context), request),
  ListParts: (request, context) => listParts(bucketOf(request, context), request),
}

/** Does the work of one authenticated request. Throws S3Error. */
export function route(operation: string, request: S3Request, context: RouterContext): Reply {
  const handler = HANDLERS[operation]
  if (handler === undefined)
    throw new S3Error(
      501,
      'NotImplemented',
      'A header or query you provided implies functionality that is not implemented.',
    )
  if (Buffer.byteLength(request.key) > 1024) throw new S3Error(400, 'KeyTooLongError', 'Your key is too long')
  return handler(request, context)
}

function bucketOf(request: S3Request, context: RouterContext): Bucket {
  return findBucket(request.bucket, context)
}

function findBucket(name: string, context: RouterContext): Bucket {
  const bucket = context.buckets.get(name)
  if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist')
  return bucket
}

function copyContext(context: RouterContext): { find: (name: string) => Bucket; quirks: Quirks } {
  return { find: (name) => findBucket(name, context), quirks: context.quirks }
}
