import { ERRORS } from '../../protocol';
import { errorBody, isErrorCode, type ErrorCode } from '../fill';

describe('errorBody', () => {
  it('fills in what it is given and names what is missing', () => {
    const { message } = errorBody('run-ambiguous', { run: 'ab', count: 2 });
    expect(message).toBe('ab fits 2 runs: {candidates}.');
  });

  it('takes field texts as they are', () => {
    const { message } = errorBody('bad-request', { detail: '{detail} $& <b>' });
    expect(message).toContain('{detail} $& <b>');
  });

  it.each(Object.keys(ERRORS) as ErrorCode[])(
    '%s says what happened, what is kept, what to do',
    code => {
      const body = errorBody(code);
      expect(body.message && body.kept && body.next).toBeTruthy();
      expect(isErrorCode(code)).toBe(true);
    }
  );

  it('knows that a newer server may know more', () => {
    expect(isErrorCode('toString')).toBe(false);
  });
});
