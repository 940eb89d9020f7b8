import { replaceMethods } from './observed-store.ts'
import { simulateTwoWay } from './two-way-suite.ts'

simulateTwoWay({
  what: 'with the usual mishaps',
  seedOffset: 0,
  count: 10_000,
  options: {},
  replays: [
    [
      'what is renamed at the target into a folder that is in conflict is gone here all the same',
      '10:hvxwi.yfd6b.104woa.gymlg.13okhu.t9sx9.ngypb.yfuh6.3iss3.eg09e.o43dy.gw1i3',
    ],
    [
      'a file here where the target has a folder with something new in it is one conflict, not one for each look',
      '1163:zlcgu.cmo7t.lr2mv.12bmbg.p1we6.8so46.88b3n',
    ],
    [
      'what is renamed here into a folder that is in conflict is gone from its old place all the same',
      '1885:505sw.rw4q5.wdfkp.9x9nx.vupqt.w1te0.pi4fl',
    ],
    ['a conflict inside a folder of which one side has a file now ends', '50141:4y8yu.9xe3k.j7ta3'],
    [
      'a job from before a conflict was found ends with it',
      '100339:afrft.fx22o.yivv4.1338tf.pslti.2t2ya.11967z.mkr1z.13mryx.8lf7g.kujb8.gnlw1.xmupl.dwlma.ral9q.102zy7.10mecs.26nx.x1vv5.f3g4e.uqu0t.nztgh.rvu4z.x59r8.nr3ia.qosp4.3d2ro',
    ],
    ['work below a conflict does not stay listed as failed', '3893:d7z23'],
    [
      'two folders where a file was agreed on are agreed on as folders',
      '3593:1219o1.6jafl.vld22.aomkj.7vvn0.tub85.ddmxc.tzgsi.mfwyi',
    ],
    [
      'a folder is agreed on only where one is',
      '30330:t49ve.j9xjn.gzy2r.46ffi.10guei.ktbbm.uoyur.x2iap.u4zxn.pqw3k.vfjfi.wr79c.uxcxv.s4rpm.blbeo.s8atu.c2fsv.zr2at.11i18q.84p5h.ndoe6',
    ],
    [
      'a dead job below a conflict ends with the next look at both sides',
      '30353:tqkl6.13l3f3.lctqr.ep0hs.z3nw2.m9thm.hcemn.dwx6j.t2mxa',
    ],
    [
      'what was on its way into a folder that turned out to be in conflict is gone from its old place all the same',
      '1454681509:1nxzg.k6lz9.5ywrz.89qkh.qcksw.uhh3o.7cinp.tidyl.8rmyy.5mgmx.a6jq.52vxr.xd1n0.2u3c1.eikaa.0',
    ],
  ],
  faults: [
    ['preconditions never reach the target', { target: { ignoresExpect: true } }, /^I(1|3|6|7|14)/, 0],
    ['nothing is kept of what gives way here', { writer: { keepsNothing: true } }, /^I14/, 0],
    [
      'a conflict is forgotten',
      {
        store: (store) =>
          replaceMethods(store, {
            conflicts: replaceMethods(store.conflicts, { at: () => undefined, list: () => [], count: () => 0 }),
          }),
      },
      /^I(7|19)/,
      0,
    ],
    [
      'the guard is ignored',
      {
        store: (store) =>
          replaceMethods(store, {
            queue: replaceMethods(store.queue, {
              enqueue: (folderId, planned) =>
                store.queue.enqueue(
                  folderId,
                  planned.map(({ action, lane }) => ({ action, lane })),
                ),
            }),
          }),
      },
      /^I1[23]/,
      0,
    ],
  ],
})
