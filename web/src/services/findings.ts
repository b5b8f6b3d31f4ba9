// What the control plane found of a service, in the language of whoever looks. It says so in English: each of its sentences is
// recognised here, with what it names. The first pattern that fits counts; what is not known stays as it was said.

import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { kindOf } from './kinds';

interface Words {
  message: string;
  fix?: string | null;
}

const PRODUCT = '(?<product>Neuron|NanoMQ|eKuiper|NeuronEX|HTTP service)';

const said = <K extends string>(pattern: string, key: K) => ({ pattern: new RegExp(`^${pattern.replace('{product}', PRODUCT)}$`, 's'), key });

const MESSAGES = [
  said('{product} accepts our credential, and no call without one', 'proven'),
  said('{product} accepts our credential, and no call without one; its clock is (?<clock>.+)', 'provenClock'),
  said("{product} has authentication switched off: it accepts anybody's calls", 'noAuthentication'),
  said('the service answers \\((?<status>\\d+)\\), without a credential too, so that ours is not proven', 'reached'),
  said('{product} has no key file (?<file>\\S+?)(?: in (?<folder>.+))?, or there is another key than ours in it; it does not say which', 'keyFileOrKey'),
  said('{product} has no key file (?<file>\\S+)(?: in (?<folder>.+))?', 'noKeyFile'),
  said('{product} has our public key under the name (?<found>\\S+); it must be called (?<file>\\S+)', 'otherFileName'),
  said('{product} has our public key under another name; it must be called (?<file>\\S+)', 'otherFileNameUnknown'),
  said('{product} has a key file (?<file>\\S+), and there is another key than ours in it', 'otherKey'),
  said('{product} says that our token has expired, though its clock seems right', 'expired'),
  said('{product} refuses our tokens, because its clock is (?<clock>.+)', 'clockApart'),
  said('{product} wants a token here, not user and password or nothing', 'wantsToken'),
  said('{product} wants user and password here, not a token', 'wantsBasic'),
  said('{product} wants a token, or user and password, and was given nothing', 'wantsEither'),
  said('{product} does not know this user with this password', 'wrongPassword'),
  said('this is not {product}; it looks like (?<other>.+)', 'otherProduct'),
  said('this is not {product}: it answered (?<answered>.+)', 'notThisProduct'),
  said('{product} answered (?<status>\\d+) and nothing else, which explains nothing', 'unclear'),
  said('{product} answered (?<status>\\d+), which explains nothing: "(?<text>.*)"', 'unclearSaid'),
  said('{product} does not answer: the certificate of (?<place>\\S+) is not accepted: .*fingerprint.*', 'otherCertificate'),
  said('{product} does not answer: the certificate of (?<place>\\S+) is not accepted: (?<why>.+)', 'certificate'),
  said('{product} does not answer: (?<why>.+)', 'unreachable'),
];

export type FindingKey = (typeof MESSAGES)[number]['key'];

export interface Found {
  key: FindingKey;
  /** What the sentence names; empty what it does not. */
  named: Record<string, string>;
}

export function recognised(message: string): Found | undefined {
  for (const { pattern, key } of MESSAGES) {
    const found = pattern.exec(message);
    if (found) return { key, named: { ...found.groups } };
  }
  return undefined;
}

const CLOCKS = [
  said('between (?<least>.+) and (?<most>.+) ahead of ours', 'aheadBetween'),
  said('more than (?<least>.+) ahead of ours', 'aheadMore'),
  said('at least (?<least>.+) behind ours', 'behindLeast'),
  said('ahead of ours or behind it, by up to (?<most>.+)', 'within'),
  said('(?<least>.+) ahead of ours', 'ahead'),
  said('(?<least>.+) behind ours', 'behind'),
];

/** `3 hours ahead of ours`. */
export function clockText(t: TFunction, language: string, clock: string): string {
  for (const { pattern, key } of CLOCKS) {
    const found = pattern.exec(clock);
    if (!found) continue;
    const { least = '', most = '' } = found.groups ?? {};
    return t(`finding.clock.${key}`, { least: span(least, language), most: span(most, language) });
  }
  return clock;
}

/** `3 hours`, in the reader's language. */
function span(text: string, language: string): string {
  const [, count, unit] = /^(\d+) (second|minute|hour|day)s?$/.exec(text) ?? [];
  return count && unit ? new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(Number(count)) : text;
}

/** What each is put right by; those that are not here say it well enough, or nobody knows. */
function fixText(t: TFunction, { key, named }: Found): string | undefined {
  const product = kindOf(named.product ?? '');
  const { file = '', found = '' } = named;
  switch (key) {
    case 'noKeyFile':
    case 'keyFileOrKey':
      return [t(`serviceKey.put.${product}`, { what: `\`${file}\`` }), t(`serviceKey.set.${product}`)].join(' ');
    case 'otherFileName':
      return [t('finding.fix.rename', { found, file }), t(`serviceKey.set.${product}`)].join(' ');
    case 'otherFileNameUnknown':
      return [t('finding.fix.renameUnknown', { file }), t(`serviceKey.set.${product}`)].join(' ');
    case 'otherKey':
      return t('finding.fix.replace', { file });
    case 'provenClock':
    case 'clockApart':
      return t('finding.fix.clock');
    case 'expired':
      return t('finding.fix.expired');
    case 'noAuthentication':
      return t(`finding.switchOn.${product}`);
    case 'wantsToken':
      return t('finding.fix.token');
    case 'wantsBasic':
      return t('finding.fix.basic');
    case 'wantsEither':
      return t('finding.fix.either');
    case 'wrongPassword':
      return t('finding.fix.password');
    case 'otherProduct':
      return t('finding.fix.kind', { other: named.other });
    case 'certificate':
      return t('finding.fix.certificate');
    case 'otherCertificate':
      return t('finding.fix.otherCertificate');
    case 'notThisProduct':
      return t('finding.fix.address');
    default:
      return undefined;
  }
}

/** What was found, and what to do about it; in the latter, code stands between backticks. */
export function useFindingWords(): (finding: Words) => { message: string; fix?: string } {
  const { t, i18n } = useTranslation();
  return ({ message, fix }) => {
    const found = recognised(message);
    if (!found) return { message: sentence(message), fix: fix ? sentence(fix) : undefined };
    const { clock = '', folder = '', ...named }: Record<string, string> = found.named;
    // Nobody calls any HTTP service by that name.
    if (named.product === 'HTTP service') named.product = t('finding.anyService');
    const words = { file: '', found: '', status: '', other: '', answered: '', text: '', why: '', place: '', ...named, clock: clockText(t, i18n.language, clock) };
    const where = folder ? t('finding.in', { folder }) : '';
    return { message: t(`finding.message.${found.key}`, { ...words, where }), fix: fixText(t, found) ?? (fix ? sentence(fix) : undefined) };
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
