import { simulateTwoWay } from './two-way-suite.ts'

simulateTwoWay({
  what: 'with closed files, slow answers and decisions',
  seedOffset: 1,
  count: 10_000,
  options: { isRough: true },
  replays: [
    [
      'a deletion that is about to be sent while a decision is taken back stands on nothing any more',
      '811315579:93tqh.b1920.m81rz.hi8k7.11hywk.mip4z.3ctvi.80g1x.jskkb.fqj8m.usfih.8tgfg.13pde.hn6id.fnsp0.ihpjd.9zm6f.p9573.t4ad5.f28bm.0',
    ],
    [
      'nor does a folder that was to take the place of a file, which is there again',
      '809730979:1w5vv.93tqh.jed2i.botup.igecu.p5ptl.t3yv1.f28bm',
    ],
    [
      'what lay in a folder that gave way to a file again is not deleted by a look from before',
      '735041538:la7h1.13t6ae.ku1jl.0.h27hs',
    ],
    [
      'versions that a person was shown anew are compared before they count as a conflict',
      '7344303:lokpj.n1j5e.w1ylt.mv7ph.ylk51.i53xn.ksb1c.48t9w.109dws.esyfa.n2j96.s1qur.3vd5.d1rvm.cu1md.xxlt4',
    ],
    [
      'work below a file at the target never keeps that file from being settled',
      '1583482246:12epze.s2r0d.yw76f.dyeet.jjc1k.6b183.ckr07.pj8t.2xann.nk2dq.kk0gh.1b95.2b9lv.5lhmx.gceg5.gqh0b.12bur4.jk6m1.113ma1.vzvrz.lzs05.dcltv.uuad3.i2hug.ntcy4.3n4hc.ntib3.gb26l',
    ],
    [
      'an edit after the last look is not renamed for a decision that was made before it',
      '1042187409:f4o4e.8uh0v.4i82z.bjdkp.11m3uj.f4vti.ehyny.o8ei8.12r3s4.5z9uf.sx1yh.yotlj.12hrlt.xolqr.11twdy.jzkvb.ydkl0.10vw1q.wq2kw',
    ],
    [
      'a file for the place of a folder gets its turn, however much is to go into that folder',
      '47201003196:klem3.p2lz4.5rjdu.odbn6.82xsm.n9tit.cp82y.ttsby.ebt0j.q65z3.3jjct.8v7zp',
    ],
    [
      'a process that ends while a decision is taken back leaves nothing marked as running',
      '8307:111cqr.m4xjc.szt3w.t6wsz.qfkld.xdevy.5o8fv.i7xu2.naybf.ilt0z.s5inw.kjf6n.10shc2',
    ],
    [
      'what was planned for a file does not go round where a folder took its place by a decision',
      '943506731:l9m6i.iq2yp.6dp4s.zt5ku.3l9rl.r2hdu.comrx.gmjgm.ct6w5.ky871.qzcsz.m44ry.13r4c9.cg8gz',
    ],
  ],
  faults: [],
})
