//! Bytes that are not requests, and requests that could do harm.

use super::*;

/// Bytes that are not a request close their connection. Other connections are still served.
#[test]
fn garbage_closes_its_connection_and_no_other() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut bystander = world.connect(&broker).await;
        create_topic(&mut bystander, "t", 1).await;
        let garbage: [&[u8]; 7] = [
            b"GET / HTTP/1.1\r\n\r\n",
            // A negative length.
            &[255, 255, 255, 255],
            // 2 GiB.
            &[127, 255, 255, 255],
            // Too short for a header.
            &[0, 0, 0, 3, 0, 18, 0],
            // An unknown key.
            &[0, 0, 0, 10, 39, 15, 0, 0, 0, 0, 0, 1, 255, 255],
            // The key of a removed request: LeaderAndIsr.
            &[0, 0, 0, 10, 0, 4, 0, 0, 0, 0, 0, 1, 255, 255],
            // Metadata v1 that promises two billion topics.
            &[
                0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 127, 255, 255, 255,
            ],
        ];
        for bytes in garbage {
            let mut client = world.connect(&broker).await;
            client.send_raw(bytes).await;
            assert_eq!(client.frame().await, None, "{bytes:?}");
        }
        assert_eq!(produce(&mut bystander, "t", &["unharmed"]).await, 0);
        broker.shutdown().await;
    });
}

#[test]
fn a_request_cut_off_in_the_middle_is_forgotten() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        {
            let mut rude = world.connect(&broker).await;
            rude.send_raw(&[0, 1, 0, 0, 0, 0, 0, 9]).await;
        }
        assert_eq!(produce(&mut client, "t", &["fine"]).await, 0);
        broker.shutdown().await;
    });
}

#[test]
fn a_corrupt_batch_is_refused_with_kafkas_error_and_nothing_is_appended() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        let mut flipped = batch(&["good"]).to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        let answer = try_produce(&mut client, "t", flipped.into()).await;
        assert_eq!(
            ErrorCode::from_code(answer.error_code),
            ErrorCode::CorruptMessage
        );
        assert_eq!(answer.base_offset, -1);
        let two: Vec<u8> = [batch(&["one"]), batch(&["two"])].concat();
        let answer = try_produce(&mut client, "t", two.into()).await;
        assert_eq!(
            ErrorCode::from_code(answer.error_code),
            ErrorCode::InvalidRecord
        );
        let large = "x".repeat(2_000_000);
        let answer = try_produce(&mut client, "t", batch(&[&large])).await;
        assert_eq!(
            ErrorCode::from_code(answer.error_code),
            ErrorCode::MessageTooLarge
        );
        assert_eq!(produce(&mut client, "t", &["good"]).await, 0);
        broker.shutdown().await;
    });
}
