-- Outer joins, and joins with elements, on conditions that hold a subquery: DuckDB takes none of them as they are written.

SELECT x.k, y.k FROM Few x LEFT JOIN Few y ON x.k = (SELECT MAX(c.k) FROM Few c WHERE c.k < y.k)

SELECT x.k, y.k FROM Few x LEFT JOIN Few y ON x.k IN (SELECT c.k FROM Few c WHERE c.k < y.k)

SELECT x.k, y.k FROM Few x ⟨LEFT¦RIGHT¦FULL⟩ JOIN Few y ON x.k = y.k AND ⟨x.k IN (SELECT 2)¦EXISTS (SELECT 1 FROM Lists WHERE id = x.k + y.k)¦(SELECT TRUE)¦y.k > (SELECT MIN(k) FROM Few)¦x.k + y.k IN (SELECT id FROM Lists)¦ARRAY_LENGTH(ARRAY(SELECT id FROM Lists WHERE id < x.k)) > 0¦(SELECT COUNT(*) FROM UNNEST([x.k, y.k])) = 2¦x.k IN UNNEST([1, y.k])⟩

SELECT x.k, y.k FROM Few x JOIN Few y ON x.k = y.k AND ⟨x.k IN (SELECT 2)¦EXISTS (SELECT 1 FROM Lists WHERE id = x.k + y.k)⟩

SELECT x.k, z FROM Few x LEFT JOIN UNNEST([1, 2, x.k]) z ON z IN (SELECT id FROM Lists WHERE id = x.k)

SELECT x.k, z FROM Few x LEFT JOIN UNNEST([1, 2, x.k]) z ON z = (SELECT MAX(id) FROM Lists WHERE id <= x.k)

SELECT x.k, z, o FROM Few x ⟨LEFT¦INNER⟩ JOIN UNNEST([1, 2, x.k]) z WITH OFFSET o ON z + x.k ⟨IN¦NOT IN⟩ (SELECT id FROM Lists)

SELECT id, (SELECT COUNT(*) FROM Few x ⟨LEFT¦RIGHT¦FULL¦INNER⟩ JOIN Few y ON x.k = y.k AND EXISTS (SELECT 1 FROM Few z WHERE z.k = l.id)) FROM Lists l

SELECT id, (SELECT COUNT(y.k) FROM Few x LEFT JOIN Few y ON x.k = y.k AND y.k IN (SELECT z.k FROM Few z WHERE z.k = l.id)) FROM Lists l

SELECT id, (SELECT COUNT(y) FROM Few x LEFT JOIN UNNEST(l.xs) y ON y = (SELECT MIN(z.k) FROM Few z WHERE z.k >= x.k)) FROM Lists l

WITH q AS (SELECT a.k, b.s FROM Few a LEFT JOIN Few b ON a.k = b.k AND b.s = (SELECT MAX(s) FROM Few)) SELECT q.k, r.s FROM q JOIN q r ON q.k = r.k

WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t LEFT JOIN Few f ON f.k = n AND EXISTS (SELECT 1 FROM Lists WHERE id = f.k) WHERE n < 3) SELECT * FROM t

SELECT * FROM Few a LEFT JOIN Few b ON a.k = b.k AND b.k > (SELECT MIN(k) FROM Few) LEFT JOIN Few c ON c.k = b.k AND EXISTS (SELECT 1 FROM Lists WHERE id = c.k) WHERE a.k IS NOT NULL

SELECT a.k, c.n FROM Few a FULL JOIN (SELECT k, COUNT(*) n FROM Few GROUP BY k) c ON a.k + 1 = c.k AND c.n = (SELECT 1)

SELECT * FROM Few a RIGHT JOIN (SELECT 1 AS one, k FROM Few LIMIT 2) c ON a.k = c.k AND a.s IN (SELECT s FROM Few)

SELECT COUNT(*) FROM Few a LEFT JOIN Empty e ON a.k = e.k AND EXISTS (SELECT 1)
