// A reader made of npm's @owf/mdoc.
import * as owf from '@owf/mdoc';
import { context } from './owf_context.mjs';

// A request for some elements of one document, signed by the reader (ISO/IEC 18013-5, 9.1.4.4). `certificate`: DER.
export async function authenticatedRequest({ docType, namespaces, sessionTranscript, certificate, signingKey }) {
  const itemsRequest = owf.ItemsRequest.create({ docType, namespaces });
  const detachedPayload = owf.cborEncode(owf.DataItem.fromData([
    'ReaderAuthentication', sessionTranscript.encodedStructure, owf.DataItem.fromData(itemsRequest.encodedStructure)]));
  const readerAuth = await owf.ReaderAuth.create({
    protectedHeaders: new Map([[owf.Header.Algorithm, owf.SignatureAlgorithm.ES256]]),
    unprotectedHeaders: new Map([[owf.Header.X5Chain, certificate]]),
    signingKey, payload: null, detachedPayload,
  }, context);
  return owf.DeviceRequest.create({ docRequests: [owf.DocRequest.create({ itemsRequest, readerAuth })] });
}
