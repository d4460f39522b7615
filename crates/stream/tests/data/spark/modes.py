from pyspark.sql import SparkSession, functions as F, Window
import tempfile
s=SparkSession.builder.master("local[1]").config("spark.ui.enabled","false").config("spark.sql.session.timeZone","UTC").config("spark.sql.shuffle.partitions","1").config("spark.driver.memory","700m").getOrCreate()
s.sparkContext.setLogLevel("OFF")
def stream(): return s.readStream.format("rate").load().selectExpr("timestamp as at","value as v","cast(value % 3 as int) as k")
def wm(): return stream().withWatermark("at","10 seconds")
t=s.sql("select 1 as k, 'one' as name")
w=F.window("at","10 seconds")
cases={
'map': lambda: stream().filter("v > 1").select("k"),
'union of streams': lambda: stream().select("k").union(stream().select("k")),
'union with a table': lambda: stream().select("k").union(t.select("k")),
'count': lambda: stream().groupBy("k").count(),
'count with watermark': lambda: wm().groupBy("k").count(),
'windowed count without watermark': lambda: stream().groupBy(w).count(),
'windowed count': lambda: wm().groupBy(w,"k").count(),
'global count': lambda: wm().agg(F.count("*")),
'count distinct': lambda: wm().groupBy(w).agg(F.countDistinct("k")),
'inner join with a table': lambda: stream().join(t,"k"),
'left join with a table': lambda: stream().join(t,"k","left"),
'right join with a table': lambda: stream().join(t,"k","right"),
'full join with a table': lambda: stream().join(t,"k","full"),
'semi join with a table': lambda: stream().join(t,"k","left_semi"),
'anti join with a table': lambda: stream().join(t,"k","left_anti"),
'table left join stream': lambda: t.join(stream(),"k","left"),
'table right join stream': lambda: t.join(stream(),"k","right"),
'table semi join stream': lambda: t.join(stream(),"k","left_semi"),
'sort': lambda: stream().orderBy("v"),
'sorted counts': lambda: stream().groupBy("k").count().orderBy("k"),
'limit': lambda: stream().limit(5),
'limited counts': lambda: stream().groupBy("k").count().limit(5),
'rank': lambda: stream().select(F.row_number().over(Window.partitionBy("k").orderBy("v"))),
'join then windowed count': lambda: wm().join(t,"k").groupBy(w,"name").count(),
}
out=open('modes.txt','w')
for name,f in cases.items():
    for mode in ['append','update','complete']:
        try:
            q=f().writeStream.format("noop").outputMode(mode).option("checkpointLocation",tempfile.mkdtemp()).start()
            q.stop(); r='OK'
        except Exception as e:
            r=str(e).split('\n')[0].split(';')[0]
        out.write(f"{name} | {mode} | {r}\n"); out.flush()
