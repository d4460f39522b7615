import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

/**
 * IdempotentLoad BOOTSTRAP TOPIC SECONDS: produces with the defaults of the Java client (idempotent, five requests in
 * flight) for SECONDS seconds while the broker may stop and start; then reads all records and prints the counts.
 */
public class IdempotentLoad {
    public static void main(String[] args) throws Exception {
        String bootstrap = args[0];
        String topic = args[1];
        long end = System.currentTimeMillis() + Long.parseLong(args[2]) * 1000;
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        Map<String, Integer> errors = new ConcurrentHashMap<>();
        int sent = 0;
        Map<String, Object> producing = Map.of(
            "bootstrap.servers", bootstrap, "linger.ms", "0",
            // Small batches and quick reconnects: many requests are in flight when the broker stops.
            "batch.size", "600", "reconnect.backoff.max.ms", "300", "delivery.timeout.ms", "60000");
        try (var producer = new KafkaProducer<>(producing, new StringSerializer(), new StringSerializer())) {
            while (System.currentTimeMillis() < end) {
                for (int i = 0; i < 20; i++) {
                    int number = sent++;
                    producer.send(new ProducerRecord<>(topic, 0, null, "" + number), (metadata, error) -> {
                        if (error == null) acknowledged.add(number);
                        else errors.merge(error.toString(), 1, Integer::sum);
                    });
                }
                Thread.sleep(1);
            }
        }
        List<Integer> read = readAll(bootstrap, topic);
        Set<Integer> distinct = new HashSet<>(read);
        int inversions = 0;
        for (int i = 1; i < read.size(); i++) if (read.get(i) < read.get(i - 1)) inversions++;
        long missing = acknowledged.stream().filter(number -> !distinct.contains(number)).count();
        System.out.printf("acknowledged %d missing %d twice %d inversions %d errors %s%n",
            acknowledged.size(), missing, read.size() - distinct.size(), inversions, errors);
    }

    static List<Integer> readAll(String bootstrap, String topic) {
        List<Integer> read = new ArrayList<>();
        Map<String, Object> consuming = Map.of("bootstrap.servers", bootstrap);
        var partition = new TopicPartition(topic, 0);
        try (var consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end)
                for (var record : consumer.poll(Duration.ofSeconds(1))) read.add(Integer.parseInt(record.value()));
        }
        return read;
    }
}
