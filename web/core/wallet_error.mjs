// What the page is told when something did not happen. `code` is what it decides on (wallet.d.mts lists those that are made
// here; a step's own come from core/base/error_codes.def); `detail` is one sentence for a developer, without personal data.

export class WalletError extends Error {
  /** @param {string} code @param {string} [where] @param {string} [detail] */
  constructor(code, where = '', detail = '') {
    super(detail === '' ? code : `${code}: ${detail}`);
    this.name = 'WalletError';
    this.code = code;
    this.where = where;
    this.detail = detail;
  }
}
