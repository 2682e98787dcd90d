// Formatting and parsing of times against the reference implementation, element by element.

import { afterAll, test } from 'vitest';
import { Bench } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

test('times are formatted as by the reference', async () => {
  await agreeOn(
    bench,
    String.raw`
      FORMAT_TIMESTAMP('%⟨A¦a¦B¦b¦C¦c¦D¦d¦e¦F¦G¦g¦H¦h¦I¦J¦j¦k¦l¦M¦m¦n¦P¦p¦Q¦R¦r¦S¦s¦T¦t¦U¦u¦V¦v¦W¦w¦X¦x¦Y¦y¦Z¦z¦%¦E4Y¦E*S¦E3S¦E0S¦E6S¦E9S¦Ez¦EY¦Ey¦EC¦Ex¦EX¦Ec¦Od¦OH¦OI¦Om¦OM¦OS¦OU¦Ou¦OV¦OW¦Ow¦Oy¦Oe¦f¦q¦i¦E¦O¦L¦EQ¦E1Y¦+¦N¦K¦EO⟩|', TIMESTAMP '2009-03-05 14:07:09.120034+00')
      FORMAT_TIMESTAMP('%⟨Y¦C¦y¦G¦g¦E4Y¦c¦F¦D¦J¦V¦U¦W¦j¦s¦EY⟩', TIMESTAMP '⟨0001-01-01 00:00:00+00¦0987-12-31 23:59:59+00¦9999-12-31 23:59:59.999999+00¦2021-01-03 12:00:00+00¦2016-01-01 00:00:00+00⟩')
      FORMAT_TIMESTAMP('%⟨:z¦::z¦:::z¦::::z¦:q¦E*z⟩|', TIMESTAMP '⟨2020¦1850⟩-01-01 00:00:00+00', '⟨America/New_York¦Asia/Kolkata¦-03:30¦UTC⟩')
      FORMAT_⟨DATE¦TIMESTAMP⟩('⟨%:z¦%::z¦%:::z¦%E*z⟩', DATE '2020-01-01')
      FORMAT_TIMESTAMP('%⟨Z¦z¦Ez¦c¦s¦E*S¦H¦p⟩', TIMESTAMP '⟨2020-07-01 12:34:56.5+00¦1880-01-01 00:00:00+00⟩', '⟨America/New_York¦Asia/Kathmandu¦+05:30¦UTC¦Etc/GMT+3¦Nope¦-8¦GMT¦EST⟩')
      FORMAT_DATE('⟨%F¦%H:%M¦%Z¦%z¦%c¦%s¦%E*S¦%A¦%Q¦%T¦%p¦100%%¦%Ez¦%x %X¦%R¦%r¦%k¦abc¦¦é%Y⟩', DATE '2020-02-29')
      FORMAT_DATETIME('⟨%F %T¦%Z¦%z¦%c¦%s¦%E*S¦%Ez⟩', DATETIME '2020-02-29 01:02:03.040506')
      FORMAT_TIME('⟨%T¦%F¦%H¦%Z¦%E*S¦%c¦%Y¦%p¦%I¦%R¦%r¦%A¦%s¦%X¦%x⟩', TIME '14:02:03.040506')
      FORMAT_TIMESTAMP('%E*S', TIMESTAMP '2020-02-29 01:02:03⟨¦.1¦.12¦.120¦.123456⟩+00')
    `,
  );
}, 120_000);

test('times are parsed as by the reference, to the error', async () => {
  await agreeOn(
    bench,
    String.raw`
      PARSE_TIMESTAMP('⟨%Y-%m-%d %H:%M:%S¦%F %T¦%Y-%m-%d¦%Y¦%E4Y-%m-%d %H:%M:%E*S¦%Y-%m-%d %H:%M:%E3S¦%c¦%Y-%m-%dT%H:%M:%SZ⟩', '⟨2020-02-29 01:02:03¦2020-02-29 01:02:03.5¦2020-02-30 01:02:03¦ 2020-2-9  1:2:3 ¦20200-02-29 01:02:03¦2020-02-29¦¦2020¦x¦Mon Oct 17 11:12:13 2016¦2020-02-29T01:02:03Z¦2020-02-29 24:00:00¦2020-02-29 23:59:60⟩')
      PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S%⟨z¦Ez¦Z⟩', '2020-02-29 01:02:03⟨+0530¦+05:30¦-08¦Z¦UTC¦America/New_York¦+15:00¦+5¦+0561⟩')
      PARSE_TIMESTAMP('%F %T', '2020-⟨03-08 02:30:00¦11-01 01:30:00¦07-01 12:00:00⟩', 'America/⟨New_York¦Nope⟩')
      PARSE_TIMESTAMP('⟨%y¦%C¦%C%y¦%y%C¦%Y%y¦%G¦%g¦%G-%V¦%G-%V-%u¦%G %J¦%J¦%Y-%U¦%Y %W¦%Y-%j¦%j¦%Y %U %u¦%Y %W %A¦%s¦%Q¦%Y-%Q¦%A¦%a, %d %b %Y¦%u¦%B¦%b %e¦%h⟩', '⟨20¦69¦2069¦2020-10¦2020-10-3¦2020 100¦100¦2020-366¦2021-366¦2020 10 Monday¦1583637255¦-1¦3¦2020-3¦Monday¦Mon, 07 Sep 2020¦July¦jul 4¦JUL¦53¦2020-53¦2021-53⟩')
      PARSE_TIMESTAMP('⟨%I:%M %p¦%I %P¦%l%p¦%r¦%R¦%X¦%k:%M¦%H%M%S¦%M:%H %p¦%I:%M¦%p %H⟩', '⟨12:30 AM¦12:30 pm¦1:05 PM¦13:00 PM¦12 pm¦ 1PM¦01:02:03 PM¦13:14¦13:14:15¦131415¦ 3:04¦05:13 PM¦PM 05⟩')
      PARSE_TIMESTAMP('⟨%D¦%x¦%m/%d/%y¦%d.%m.%Y¦%%%Y¦%Y%%¦%n%Y%t¦%Y %n¦%Y%¦%E¦%Ey¦%EY¦%EC%y¦%OH¦%Od¦%Om-%Od¦%OI¦%Oy⟩', '⟨12/25/20¦25.12.2020¦%2020¦2020%¦2020¦ 2020 ¦20¦12-25¦12⟩')
      PARSE_DATE('⟨%F¦%Y%m%d¦%m/%d/%Y¦%d %b %Y¦%Y-%m-%d %H¦%s¦%Y-%j¦%x¦%E4Y-%m¦%Z¦%b %d, %Y¦%A, %B %e, %Y⟩', '⟨2020-02-29¦20200229¦02/29/2020¦29 Feb 2020¦2020-060¦02/29/20¦2020-02¦Feb 29, 2020¦Saturday, February 29, 2020¦0000-01-01¦10000-01-01¦2020-2-9¦99991231⟩')
      PARSE_DATETIME('⟨%F %T¦%Y-%m-%dT%H:%M:%E6S¦%z¦%s⟩', '⟨2020-02-29 01:02:03¦2020-02-29T01:02:03.1234567¦+00¦5⟩')
      PARSE_TIME('⟨%T¦%H:%M¦%I:%M:%S %p¦%E*S¦%F¦%H¦%S⟩', '⟨01:02:03¦14:07¦02:03:04 PM¦5.5¦23¦60¦24:00:00⟩')
    `,
  );
}, 120_000);
