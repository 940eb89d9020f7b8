import { simulateTwoWay } from './two-way-suite.ts'

simulateTwoWay({
  what: 'with closed files, slow answers and decisions',
  seedOffset: 1,
  count: 3_000,
  options: { isRough: true },
  replays: [
    [
      'work below a file at the target never keeps that file from being settled',
      '1583482246:12epze.s2r0d.yw76f.dyeet.jjc1k.6b183.ckr07.pj8t.2xann.nk2dq.kk0gh.1b95.2b9lv.5lhmx.gceg5.gqh0b.12bur4.jk6m1.113ma1.vzvrz.lzs05.dcltv.uuad3.i2hug.ntcy4.3n4hc.ntib3.gb26l',
    ],
    [
      'an edit after the last look is not renamed for a decision that was made before it',
      '1270170047:128dvx.j1735.f33mq.vim7u.weq4d.paas9.10ql8x.5vdm6.9aupb.ltzi9.bsl85.7i1ca.dvawr.lxd4f.12rtqd.13fgar.fwpo3.3qzv7.fzubt.hmsww',
    ],
  ],
  faults: [],
})
