// Package clients drives a broker with franz-go, the client of most Go programs.
package clients

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func client(t *testing.T, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	bootstrap := os.Getenv("BOOTSTRAP")
	if bootstrap == "" {
		bootstrap = "localhost:9092"
	}
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func unique() string { return "go-" + rand.Text()[:10] }

func topicOf(t *testing.T, partitions int32) string {
	t.Helper()
	topic := unique()
	admin := kadm.NewClient(client(t))
	if _, err := admin.CreateTopic(within(t, 20*time.Second), partitions, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	return topic
}

func send(t *testing.T, records []*kgo.Record, options ...kgo.Opt) {
	t.Helper()
	if err := client(t, options...).ProduceSync(within(t, 30*time.Second), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, c *kgo.Client, count int) []*kgo.Record {
	t.Helper()
	ctx := within(t, 40*time.Second)
	var records []*kgo.Record
	for len(records) < count {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d came: %v", len(records), count, err)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

func fromStart(topic string) kgo.Opt {
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}})
}

// eventually waits for a change, because Kafka's brokers learn of it after the controller has answered.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func TestEveryCompression(t *testing.T) {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			topic := topicOf(t, 1)
			var records []*kgo.Record
			for i := range 200 {
				records = append(records, &kgo.Record{
					Topic: topic, Key: fmt.Append(nil, i%3), Value: fmt.Appendf(nil, "%s value %d", name, i),
					Headers: []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, i)}},
				})
			}
			send(t, records, kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(20*time.Millisecond))
			for i, r := range read(t, client(t, fromStart(topic)), 200) {
				if string(r.Value) != fmt.Sprintf("%s value %d", name, i) || string(r.Headers[0].Value) != fmt.Sprint(i) {
					t.Fatalf("record %d is %q", i, r.Value)
				}
			}
		})
	}
}

func TestAGroupSharesResumesAndShowsItsLag(t *testing.T) {
	topic, group := topicOf(t, 4), unique()
	var records []*kgo.Record
	for i := range 100 {
		records = append(records, &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: fmt.Append(nil, i)})
	}
	send(t, records)
	member := func() *kgo.Client {
		return client(t, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	}
	first := member()
	read(t, first, 100)
	if err := first.CommitUncommittedOffsets(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	first.LeaveGroup()

	send(t, records[:7])
	second := member()
	if got := len(read(t, second, 7)); got != 7 {
		t.Fatalf("resumed with %d records, not 7", got)
	}
	admin := kadm.NewClient(client(t))
	lags, err := admin.Lag(within(t, 10*time.Second), group)
	if err != nil {
		t.Fatal(err)
	}
	if lag := lags[group].Lag.Total(); lag != 7 {
		t.Fatalf("lag is %d, not 7", lag)
	}
	if state := lags[group].State; state != "Stable" {
		t.Fatalf("group is %s", state)
	}
}

func TestAConsumerStartsAtATime(t *testing.T) {
	topic := topicOf(t, 1)
	start := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	var records []*kgo.Record
	for i := range 60 {
		records = append(records, &kgo.Record{
			Topic: topic, Value: fmt.Append(nil, i), Timestamp: start.Add(time.Duration(i) * time.Second),
		})
	}
	send(t, records)
	at := kgo.NewOffset().AfterMilli(start.Add(29500 * time.Millisecond).UnixMilli())
	c := client(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: at}}))
	if r := read(t, c, 1)[0]; r.Offset != 30 {
		t.Fatalf("started at %d, not 30", r.Offset)
	}
}

func TestAdministration(t *testing.T) {
	topic := topicOf(t, 1)
	admin, ctx := kadm.NewClient(client(t)), within(t, 30*time.Second)
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, topic); !errors.Is(err, kerr.TopicAlreadyExists) {
		t.Fatalf("creating it again: %v", err)
	}
	if r, err := admin.CreatePartitions(ctx, 2, topic); err != nil || r.Error() != nil {
		t.Fatal(err, r.Error())
	}
	change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: kadm.StringPtr("4242424")}}
	if r, err := admin.AlterTopicConfigs(ctx, change, topic); err != nil || r[0].Err != nil {
		t.Fatal(err, r)
	}
	eventually(t, "retention.ms is altered", func() bool {
		configs, err := admin.DescribeTopicConfigs(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(configs[0].Configs, func(c kadm.Config) bool {
			return c.Key == "retention.ms" && c.MaybeValue() == "4242424"
		})
	})
	eventually(t, "there are three partitions", func() bool {
		ends, err := admin.ListEndOffsets(ctx, topic)
		return err == nil && len(ends[topic]) == 3
	})
	if r, err := admin.DeleteTopics(ctx, topic); err != nil || r.Error() != nil {
		t.Fatal(err, r)
	}
	eventually(t, "the topic is gone", func() bool {
		topics, err := admin.ListTopics(ctx)
		return err == nil && !topics.Has(topic)
	})
}
