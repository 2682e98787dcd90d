-- ORDER BY … COLLATE: by ICU's rules, which the reference and DuckDB both have.

SELECT x FROM UNNEST(['b', 'A', 'a', 'B', NULL, '', 'á', 'Á', 'ab', 'z', 'Z', '_', '1', '10', '2', 'é', 'ß', 'ss', 'å', 'ö', 'ä', '😀', 'α', 'Я', ' a', 'a b', 'a-b', 'co-op', 'coop', 'ﬁ', 'I', 'ı', 'i']) x WITH OFFSET o ORDER BY x COLLATE ⟨'und:ci'¦'und'¦'und:cs'¦'en_US'¦'en_US:ci'¦'de'¦'sv'¦'unicode:ci'¦'unicode'¦'binary'¦'tr'⟩ ⟨¦DESC⟩, o

SELECT s FROM Many ORDER BY s COLLATE ⟨'und:ci'¦'und'¦'en_US'⟩, id

SELECT x, ROW_NUMBER() OVER (ORDER BY x COLLATE 'und:ci', o) FROM UNNEST(['b', 'A', 'a', 'B', NULL]) x WITH OFFSET o

SELECT ARRAY_AGG(x ORDER BY x COLLATE 'und:ci', x) FROM UNNEST(['b', 'A', 'a', 'B', NULL]) x

SELECT ARRAY(SELECT x FROM UNNEST(['b', 'A', 'a', 'B', NULL]) x ORDER BY x COLLATE 'und:ci', x LIMIT 3)

SELECT UPPER(s) u, COUNT(*) FROM Few GROUP BY u ORDER BY u COLLATE 'und:ci'

SELECT DISTINCT s FROM Few ORDER BY s COLLATE 'und:ci'

SELECT x, RANK() OVER (ORDER BY x COLLATE 'und:ci') FROM UNNEST(['b', 'A', 'a', 'B', NULL]) x
